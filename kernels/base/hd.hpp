// The one place that knows which compiler reads a kernel header.
#pragma once

#if defined(__CUDACC__)
#define BALASSA_HD __device__
#define BALASSA_HOST_HD __host__ __device__
#define BALASSA_UNROLL _Pragma("unroll")
#define BALASSA_NO_UNROLL _Pragma("unroll 1")
#define BALASSA_NOINLINE __noinline__
#define BALASSA_ASSUME(condition) __builtin_assume(condition)
#if !defined(BALASSA_ONE_COPY)  // bench_gpu_undo_one_copy has it empty
#define BALASSA_ONE_COPY __noinline__
#endif
#else
#define BALASSA_HD
#define BALASSA_HOST_HD
#define BALASSA_UNROLL
#define BALASSA_NO_UNROLL
#define BALASSA_NOINLINE
#define BALASSA_ASSUME(condition)
#undef BALASSA_ONE_COPY
#define BALASSA_ONE_COPY
#endif

// Each instruction set's copy of the scenario lives in an inline namespace of its own, so that the linker can never
// pick a function compiled for AVX-512 for another path. The build names it; everything else sees "plain".
#if !defined(BALASSA_ISA)
#define BALASSA_ISA plain
#endif
