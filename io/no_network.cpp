// Stands in for curl and OpenSSL in a static link. Debian's HDF5 archive calls them only from its reader of files on
// S3, which this program never opens (ECOSYSTEM 1.9); each stand-in reports failure, should that ever change.
extern "C" {

void* curl_easy_init() {
  return nullptr;
}
int curl_easy_perform(void*) {
  return 2;
}  // CURLE_FAILED_INIT
int curl_easy_setopt(void*, int, ...) {
  return 2;
}
void curl_easy_cleanup(void*) {}
int curl_global_init(long) {
  return 2;
}
void curl_global_cleanup() {}
void* curl_slist_append(void*, const char*) {
  return nullptr;
}
void curl_slist_free_all(void*) {}
const void* EVP_sha256() {
  return nullptr;
}
unsigned char* HMAC(const void*, const void*, int, const unsigned char*, unsigned long, unsigned char*, unsigned*) {
  return nullptr;
}
unsigned char* SHA256(const unsigned char*, unsigned long, unsigned char*) {
  return nullptr;
}

}  // extern "C"
