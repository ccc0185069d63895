# Spack package of balassa. NOT TESTED: Spack could not be run where this was written.
#   spack repo add scripts/packaging/spack && spack dev-build balassa@0.1.0      in the top of the source tree
from spack.package import *


class Balassa(CMakePackage, CudaPackage):
    """Economic complexity from trade-like panels, with bootstraps, sensitivity sweeps and a certificate of each number."""

    license("Apache-2.0")

    version("0.1.0")  # of the tree that it is built in

    variant("cuda", default=False, description="Build the CUDA device")

    variant("mpi", default=False, description="Build balassa-mpi too")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("fortran", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("hdf5@1.10: ~mpi +hl")
    depends_on("zlib-api")
    depends_on("libdeflate")
    depends_on("zstd")
    depends_on("xxhash@0.8:")
    depends_on("fast-float")
    depends_on("cli11@2.1:")
    depends_on("tomlplusplus@3.3:")
    depends_on("fmt@9:")
    depends_on("spdlog@1.10:")
    depends_on("nlohmann-json@3.11:")
    depends_on("openblas +fortran")  # with LAPACKE
    depends_on("mpi@3:", when="+mpi")
    depends_on("cuda@12.6:", when="+cuda")

    conflicts("%gcc@:11", msg="balassa is C++20: g++ 12 or later")
    conflicts("cuda_arch=none", when="+cuda", msg="say which, such as cuda_arch=90")

    generator("ninja")

    def cmake_args(self):
        arguments = [
            self.define("BALASSA_TESTS", False),
            self.define("BALASSA_BENCH", False),
            self.define("BALASSA_CUDA", "ON" if self.spec.satisfies("+cuda") else "OFF"),
            self.define("BALASSA_MPI", "ON" if self.spec.satisfies("+mpi") else "OFF"),
        ]
        if self.spec.satisfies("+cuda"):
            arguments.append(self.define("CMAKE_CUDA_ARCHITECTURES", self.spec.variants["cuda_arch"].value))
        return arguments

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_install(self):
        Executable(join_path(self.prefix.bin, "balassa"))("--device", "cpu", "doctor")
