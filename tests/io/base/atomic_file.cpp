#include "io/base/atomic_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"
#include "io/text/csv_writer.hpp"
#include "tests/io/sample_panel.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

TEST(AtomicFile, AppearsWholeOrNotAtAll) {
  const Folder folder;
  {
    AtomicFile file(folder / "a.txt", false);
    file.write("half");
    EXPECT_FALSE(std::filesystem::exists(folder / "a.txt"));
  }
  EXPECT_EQ(folder.files(), 0u);
  {
    AtomicFile file(folder / "a.txt", false);
    file.write("whole");
    file.commit();
  }
  EXPECT_EQ(bytes_of(folder / "a.txt"), "whole");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(AtomicFile, RefusesAnExistingOutputWithoutForce) {
  const Folder folder;
  std::ofstream(folder / "a.txt") << "old";
  EXPECT_EQ(complaint_of([&] { require_absent(folder / "a.txt", false); }).code, ExitCode::kCannotCreate);
  EXPECT_EQ(complaint_of([&] { AtomicFile(folder / "a.txt", false); }).code, ExitCode::kCannotCreate);
  EXPECT_EQ(complaint_of([&] { require_absent(folder / "a.txt", true); }).code, ExitCode::kDone);
  {
    AtomicFile file(folder / "a.txt", true);
    file.write("new");
    EXPECT_EQ(bytes_of(folder / "a.txt"), "old");
    file.commit();
  }
  EXPECT_EQ(bytes_of(folder / "a.txt"), "new");
}

TEST(AtomicFile, DoesNotReplaceWhatAppearedMeanwhile) {
  const Folder folder;
  AtomicFile file(folder / "a.txt", false);
  file.write("mine");
  std::ofstream(folder / "a.txt") << "theirs";
  EXPECT_EQ(complaint_of([&] { file.commit(); }).code, ExitCode::kCannotCreate);
  EXPECT_EQ(bytes_of(folder / "a.txt"), "theirs");
}

TEST(AtomicFile, VerificationThatThrowsLeavesNothing) {
  const Folder folder;
  {
    AtomicFile file(folder / "a.txt", false);
    const auto refuse = [](const std::string&) { throw Error(ExitCode::kIo, "not what was written"); };
    EXPECT_EQ(complaint_of([&] { file.commit(refuse); }).code, ExitCode::kIo);
  }
  EXPECT_EQ(folder.files(), 0u);
}

TEST(AtomicFile, ImpossiblePlaces) {
  const Folder folder;
  std::ofstream(folder / "file") << "x";
  EXPECT_EQ(complaint_of([&] { require_absent(folder / "no/a.txt", false); }).code, ExitCode::kCannotCreate);
  EXPECT_EQ(complaint_of([&] { require_absent(folder / "file/a.txt", false); }).code, ExitCode::kCannotCreate);
  EXPECT_EQ(complaint_of([&] { require_absent(folder / "", true); }).code, ExitCode::kCannotCreate);
  EXPECT_EQ(complaint_of([&] { require_absent("", false); }).code, ExitCode::kCannotCreate);
  EXPECT_EQ(complaint_of([&] { ResultFile("/dev/null", "x", 1, true); }).code, ExitCode::kCannotCreate);
  EXPECT_EQ(complaint_of([&] { AtomicFile(folder / std::string(300, 'n'), false); }).code, ExitCode::kCannotCreate);
}

// In a child process that gives up root's right to write everywhere.
TEST(AtomicFile, UnwritableDirectory) {
  const Folder folder;
  chmod((folder / ".").c_str(), 0755);
  std::filesystem::create_directory(folder / "locked");
  chmod((folder / "locked").c_str(), 0555);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(1);
    _exit(static_cast<int>(complaint_of([&] { require_absent(folder / "locked/a.txt", false); }).code));
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(ExitCode::kPermission));
}

TEST(AtomicFile, FullDevice) {
  struct stat status {};
  ASSERT_EQ(stat("/dev/full", &status), 0);
  const Complaint complaint = complaint_of([] {
    CsvWriter csv("/dev/full", true);
    csv.field(1.5);
    csv.end_row();
    csv.commit();
  });
  EXPECT_EQ(complaint.code, ExitCode::kIo);
  EXPECT_THAT(complaint.message, HasSubstr("No space left"));
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

// A file-size limit stands for a full disk: it fails the same calls and needs no privilege. In a child process, for the
// limit can't be lifted again. At every size: kIo and an empty folder, or a whole file.
TEST(AtomicFile, FullDiskAtEverySizeLeavesNothing) {
  const Folder folder;
  write_panel(folder / "whole.h5", sample_panel(), false);
  const std::string whole = bytes_of(folder / "whole.h5");
  std::size_t refused = 0;
  const std::size_t enough = 2 * whole.size();  // HDF5 gives back what it took too much of when it closes the file
  for (std::size_t limit = 0; limit <= enough + 512; limit += 512) {
    const pid_t child = fork();
    if (child == 0) {
      hdf5::initialise();
      const rlimit size{limit, limit};
      setrlimit(RLIMIT_FSIZE, &size);
      const ExitCode code = complaint_of([&] { write_panel(folder / "p.h5", sample_panel(), false); }).code;
      _exit(static_cast<int>(code));
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status) << " at " << limit << " bytes";
    if (WEXITSTATUS(status) == 0) {
      ASSERT_GE(limit, whole.size());
      ASSERT_EQ(bytes_of(folder / "p.h5"), whole) << limit;
      std::filesystem::remove(folder / "p.h5");
    } else {
      ASSERT_EQ(WEXITSTATUS(status), static_cast<int>(ExitCode::kIo)) << limit;
      ASSERT_LT(limit, enough);
      ++refused;
    }
    ASSERT_EQ(folder.files(), 1u) << limit;
  }
  EXPECT_GE(refused, whole.size() / 512);
}

// A child makes one file after another and is ended at any moment, also right after a file came into being.
TEST(AtomicFile, NoSignalFindsAFileThatIsNotRemoved) {
  const Folder folder;
  for (int k = 0; k < 150; ++k) {
    const pid_t child = fork();
    if (child == 0) {
      for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
      remove_temporaries_on_signals();
      for (;;) AtomicFile(folder / "a.txt", true);
    }
    usleep(static_cast<useconds_t>(2000 + 97 * k));
    const int signal = std::array{SIGINT, SIGTERM, SIGHUP}[static_cast<std::size_t>(k % 3)];
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal);
    ASSERT_EQ(folder.files(), 0u) << k;
  }
}

TEST(CsvWriter, QuotesAndShortestNumbers) {
  const Folder folder;
  CsvWriter csv(folder / "a.csv", false);
  csv.header({"a", "b,c", "d"});
  csv.field("say \"x\"\nCÔTE");
  csv.field(0.1);
  csv.field(std::nan(""));
  csv.end_row();
  csv.field(1.0 / 3);
  csv.field(std::int64_t{-5});
  csv.field(~std::uint64_t{0});
  csv.end_row();
  csv.field(5e-324);
  csv.field(1e300);
  csv.empty_field();
  csv.end_row();
  csv.commit();
  EXPECT_EQ(bytes_of(folder / "a.csv"),
            "a,\"b,c\",d\n\"say \"\"x\"\"\nCÔTE\",0.1,\n0.3333333333333333,-5,18446744073709551615\n5e-324,1e+300,\n");
}

}  // namespace
}  // namespace balassa
