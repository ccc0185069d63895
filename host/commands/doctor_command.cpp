// `balassa doctor`: what this machine can run, whether it computes what it should, and how to get what is missing.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/commands/command.hpp"
#include "host/commands/self_test.hpp"
#include "host/terminal/version.hpp"
#include "io/base/free_memory.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

// A device as it was asked for, and how it went.
struct Examination {
  std::string name;     // "cpu plain", "cuda:0"
  std::string problem;  // why it can't be had; then there is no test
  std::optional<SelfTest> test;
};

struct Diagnosis {
  CpuSurvey cpu;
  CudaSurvey cuda;
  std::vector<Examination> examined;

  // A wrong number is worse than a device that is not there. One that only lacks the libraries of `compute` is there.
  ExitCode code() const {
    ExitCode worst = cpu.problem.empty() ? ExitCode::kDone : ExitCode::kDeviceUnavailable;
    for (const Examination& each : examined) {
      if (each.test && !each.test->passed()) return ExitCode::kInternal;
      if (!each.problem.empty()) worst = ExitCode::kDeviceUnavailable;
    }
    return worst;
  }
};

Examination examine(const std::string& label, const std::string& device, const DeviceOptions& options,
                    const std::string& expected_hash) {
  Examination examination;
  examination.name = label;
  try {
    const std::unique_ptr<Device> found = make_device(device, options);
    examination.test = test_device(*found, expected_hash);
  } catch (const DeviceUnavailable& error) {
    examination.problem = error.what();
  } catch (const std::bad_alloc& error) {
    examination.problem = fmt::format("not enough memory ({}): see what else runs there", error.what());
  }
  return examination;
}

// auto: every SIMD path and every GPU; a device by name: the plain path, which is the yardstick, and that device.
Diagnosis diagnose(const GlobalOptions& global) {
  Diagnosis diagnosis{survey_cpu(), survey_cuda(), {}};
  DeviceOptions options;
  options.threads = global.threads;
  options.simd = diagnosis.cpu.simd.front();
  diagnosis.examined.push_back(examine("cpu " + options.simd, "cpu", options, ""));
  const std::optional<SelfTest>& plain = diagnosis.examined.front().test;
  const std::string yardstick = plain ? plain->scenario_hash : "";
  if (global.device == "auto" || global.device == "cpu") {
    for (std::size_t k = 1; k < diagnosis.cpu.simd.size(); ++k) {
      options.simd = diagnosis.cpu.simd[k];
      diagnosis.examined.push_back(examine("cpu " + options.simd, "cpu", options, yardstick));
    }
  }
  options.simd = diagnosis.cpu.simd.front();
  if (global.device == "auto") {
    for (const GpuSurvey& gpu : diagnosis.cuda.gpus)
      diagnosis.examined.push_back(examine(gpu.name, gpu.name, options, yardstick));
  } else if (global.device != "cpu") {
    diagnosis.examined.push_back(examine(global.device, global.device, options, yardstick));
  }
  return diagnosis;
}

std::string gibibytes(std::size_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / (1 << 30));
}

// A problem and its remedy, under the line that they are about.
void print_problem(const std::string& problem, const std::string& remedy) {
  if (!problem.empty()) fmt::print("  problem    {}\n", problem);
  if (!remedy.empty()) fmt::print("  to fix it  {}\n", remedy);
}

// Whether large arrays lie in pages of 2 MiB, and what that is worth: measured on a panel of 240 x 1240.
void print_huge_pages(const std::string& given) {
  if (given.empty()) {
    fmt::print("huge pages   the system does not say\n");
  } else if (given == "never") {
    fmt::print("huge pages   not given by the system: a sweep takes about 3 % longer\n");
    print_problem("", "as administrator: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
  } else {
    fmt::print("huge pages   given by the system for large arrays\n");
  }
}

void print_diagnosis(const Diagnosis& diagnosis) {
  const CpuSurvey& cpu = diagnosis.cpu;
  const FreeMemory memory = free_memory();
  const CudaSurvey& cuda = diagnosis.cuda;
  fmt::print("balassa {}\n", version());
  fmt::print("CPU          {}, {} cores usable\n", cpu.model, cpu.cores);
  fmt::print("SIMD paths   {}; in use: {}\n", fmt::join(cpu.simd, ", "),
             cpu.simd_in_use.empty() ? "none" : cpu.simd_in_use);
  print_problem(cpu.problem, cpu.remedy);
  fmt::print("memory       {} of {} GiB free\n", gibibytes(memory.free), gibibytes(memory.total));
  print_huge_pages(cpu.huge_pages);
  fmt::print("CUDA         {}\n", !cuda.built ? "not in this build"
                                              : fmt::format("runtime {}, driver {}", cuda.runtime,
                                                            cuda.driver.empty() ? "none" : "for " + cuda.driver));
  print_problem(cuda.built ? cuda.problem : "", cuda.remedy);
  for (const GpuSurvey& gpu : cuda.gpus) {
    fmt::print(
        "{:<12} {}, compute capability {}, {} multiprocessors, {} of {} GiB free, {} KiB shared memory a block\n",
        gpu.name, gpu.model, gpu.compute_capability, gpu.multiprocessors, gibibytes(gpu.memory_free),
        gibibytes(gpu.memory_total), gpu.shared_memory >> 10);
    print_problem(gpu.problem, gpu.remedy);
  }
  fmt::print("\nself-test    the worked example of Lyubimov et al., table 1, and {} scenarios\n", kSelfTestScenarios);
  for (const Examination& each : diagnosis.examined) {
    const char* outcome = !each.test ? "can't be had" : each.test->passed() ? "passed" : "FAILED";
    fmt::print("{:<12} {}{}\n", each.name, outcome, each.test ? fmt::format(" in {:.2f} s", each.test->seconds) : "");
    print_problem(each.problem, "");
    if (!each.test) continue;
    const std::string& problem = each.test->measure_problem;  // behind the first semicolon is advice, to ask doctor
    if (!problem.empty())
      print_problem("sweeps run; `compute` and gemm arithmetic do not: " + problem.substr(0, problem.find("; ")),
                    cuda.libraries_remedy);
    for (const std::string& fault : each.test->faults) fmt::print("  found      {}\n", fault);
    if (!each.test->passed())
      fmt::print("  to fix it  do not use its results; rebuild, then suspect the compiler, the driver or the memory\n");
  }
}

void print_diagnosis_json(const Diagnosis& diagnosis) {
  const CpuSurvey& cpu = diagnosis.cpu;
  const FreeMemory memory = free_memory();
  const CudaSurvey& cuda = diagnosis.cuda;
  Json json{{"balassa_version", version()},
            {"cpu",
             {{"model", cpu.model},
              {"cores", cpu.cores},
              {"simd", cpu.simd},
              {"simd_in_use", cpu.simd_in_use},
              {"memory_free", memory.free},
              {"memory_total", memory.total},
              {"huge_pages", cpu.huge_pages},
              {"problem", cpu.problem},
              {"remedy", cpu.remedy}}},
            {"cuda",
             {{"built", cuda.built},
              {"runtime", cuda.runtime},
              {"driver", cuda.driver},
              {"problem", cuda.problem},
              {"remedy", cuda.remedy},
              {"gpus", Json::array()}}},
            {"self_test", Json::array()},
            {"passed", diagnosis.code() == ExitCode::kDone}};
  for (const GpuSurvey& gpu : cuda.gpus) {
    json["cuda"]["gpus"].push_back({{"name", gpu.name},
                                    {"model", gpu.model},
                                    {"compute_capability", gpu.compute_capability},
                                    {"multiprocessors", gpu.multiprocessors},
                                    {"memory_free", gpu.memory_free},
                                    {"memory_total", gpu.memory_total},
                                    {"shared_memory", gpu.shared_memory},
                                    {"problem", gpu.problem},
                                    {"remedy", gpu.remedy}});
  }
  for (const Examination& each : diagnosis.examined) {
    Json test{{"device", each.name}, {"available", each.test.has_value()}, {"problem", each.problem}};
    if (each.test) {
      test["passed"] = each.test->passed();
      test["faults"] = each.test->faults;
      test["scenario_hash"] = each.test->scenario_hash;
      test["measure_problem"] = each.test->measure_problem;
      test["measure_remedy"] = each.test->measure_problem.empty() ? "" : cuda.libraries_remedy;
      test["seconds"] = each.test->seconds;
    }
    json["self_test"].push_back(std::move(test));
  }
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

void add_doctor_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("doctor", "What this machine can run, with a self-test of each device");
  command->footer(
      "Exit codes: 0 every device that is there passes; 69 one can't be had; 70 one computes wrong numbers.\n"
      "A GPU without cuBLAS and cuSOLVER passes: sweeps run there, and doctor says what `compute` needs.\n"
      "Example: balassa --device cuda:0 doctor");
  command->callback([&global, &run] {
    run = [&global] {
      const Diagnosis diagnosis = diagnose(global);
      if (global.json) {
        print_diagnosis_json(diagnosis);
      } else {
        print_diagnosis(diagnosis);
      }
      return diagnosis.code();
    };
  });
}

}  // namespace balassa
