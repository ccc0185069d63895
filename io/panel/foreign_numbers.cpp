#include "io/panel/foreign_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "io/base/error.hpp"
#include "io/panel/panel_checks.hpp"
#include "io/panel/year_format.hpp"

namespace balassa {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<double> attribute_numbers(const ResultReader& file, const std::string& name, const char* attribute) {
  const AttributeValue* value = file.attribute(name, attribute);
  if (value == nullptr) return {};
  return std::visit(
      [](const auto& content) -> std::vector<double> {
        using T = std::decay_t<decltype(content)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return {};
        } else if constexpr (std::is_arithmetic_v<T>) {
          return {static_cast<double>(content)};
        } else {
          return {content.begin(), content.end()};
        }
      },
      *value);
}

// Whether the attribute holds numbers that are no integers by type.
bool is_real(const ResultReader& file, const std::string& name, const char* attribute) {
  const AttributeValue* value = file.attribute(name, attribute);
  return value != nullptr &&
         (std::holds_alternative<double>(*value) || std::holds_alternative<std::vector<double>>(*value));
}

// What netCDF writes where nothing was written (netcdf.h, NC_FILL_*); bytes have none.
std::optional<double> default_fill(const std::string& type) {
  if (type == "float32") return static_cast<double>(9.9692099683868690e+36F);
  if (type == "float64") return 9.9692099683868690e+36;
  if (type == "int16") return -32767.0;
  if (type == "int32") return -2147483647.0;
  if (type == "int64") return -9223372036854775806.0;
  if (type == "uint16") return 65535.0;
  if (type == "uint32") return 4294967295.0;
  if (type == "uint64") return 18446744073709551614.0;
  return std::nullopt;
}

struct Date {
  std::int64_t year;
  std::int64_t month, day;
};

// Days since 1970-01-01 of the Gregorian calendar, or since year 0 in calendars of equal years.
double day_number(const Date& date, double days_in_year) {
  if (days_in_year == 0) {
    const std::chrono::year_month_day given{std::chrono::year(static_cast<int>(date.year)),
                                            std::chrono::month(static_cast<unsigned>(date.month)),
                                            std::chrono::day(static_cast<unsigned>(date.day))};
    return static_cast<double>(std::chrono::sys_days(given).time_since_epoch().count());
  }
  static constexpr int kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const double month = days_in_year == 360 ? 30.0 * static_cast<double>(date.month - 1)
                                           : kBefore[date.month - 1] + (days_in_year == 366 && date.month > 2 ? 1 : 0);
  return days_in_year * static_cast<double>(date.year) + month + static_cast<double>(date.day - 1);
}

double year_of_day(double day, double days_in_year) {
  if (days_in_year != 0) return std::floor(day / days_in_year);
  const auto days = std::chrono::sys_days(std::chrono::days(static_cast<std::int64_t>(std::floor(day))));
  return static_cast<int>(std::chrono::year_month_day(days).year());
}

// A unit as its length in days; months and years are counted as such.
enum class Step { kDays, kMonths, kYears };
struct Unit {
  Step step;
  double days;
};

std::optional<Unit> unit_named(std::string name) {
  if (name.size() > 1 && name.ends_with('s')) name.pop_back();
  if (name == "year" || name == "common_year" || name == "yr") return Unit{Step::kYears, 0};
  if (name == "month" || name == "mon") return Unit{Step::kMonths, 0};
  if (name == "week") return Unit{Step::kDays, 7};
  if (name == "day" || name == "d") return Unit{Step::kDays, 1};
  if (name == "hour" || name == "hr" || name == "h") return Unit{Step::kDays, 1.0 / 24};
  if (name == "minute" || name == "min") return Unit{Step::kDays, 1.0 / 1440};
  if (name == "second" || name == "sec" || name == "s") return Unit{Step::kDays, 1.0 / 86400};
  if (name == "millisecond" || name == "m") return Unit{Step::kDays, 1.0 / 86400e3};
  if (name == "nanosecond" || name == "n") return Unit{Step::kDays, 1.0 / 86400e9};
  return std::nullopt;
}

// Days in a year of the calendar; 0: the Gregorian one.
std::optional<double> days_in_year(const std::string& calendar) {
  if (calendar.empty() || calendar == "standard" || calendar == "gregorian" || calendar == "proleptic_gregorian")
    return 0;
  if (calendar == "noleap" || calendar == "365_day") return 365;
  if (calendar == "all_leap" || calendar == "366_day") return 366;
  if (calendar == "360_day") return 360;
  return std::nullopt;
}

double year_at(double time, const Unit& unit, const Date& start, double calendar) {
  if (unit.step == Step::kYears) return static_cast<double>(start.year) + std::floor(time);
  if (unit.step == Step::kMonths) {
    return static_cast<double>(start.year) + std::floor((time + static_cast<double>(start.month - 1)) / 12);
  }
  // A second or two of rounding must not bring the first of January into December.
  constexpr double kRounding = 1e-6;
  return year_of_day(day_number(start, calendar) + time * unit.days + kRounding, calendar);
}

}  // namespace

std::vector<double> observed_numbers(const ResultReader& file, const std::string& name) {
  std::vector<double> numbers = file.numbers(name);
  const std::string type = file.require(name).type;
  // netCDF-3 has no unsigned integers: _Unsigned says that the bits of a signed one are (NUG, "Unsigned").
  const double wrap = type.starts_with("int") && file.text_attribute(name, "_Unsigned") == "true"
                          ? std::exp2(std::stod(type.substr(3)))
                          : 0;
  const auto as_stored = [&](const char* attribute) {
    std::vector<double> values = attribute_numbers(file, name, attribute);
    for (double& value : values) value += value < 0 ? wrap : 0;
    return values;
  };
  for (double& number : numbers) number += number < 0 ? wrap : 0;
  std::vector<double> missing = as_stored("_FillValue");
  if (missing.empty()) {
    if (const auto fill = default_fill(type)) missing.push_back(*fill < 0 ? *fill + wrap : *fill);
  }
  for (const double value : as_stored("missing_value")) missing.push_back(value);
  double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
  const auto factor = attribute_numbers(file, name, "scale_factor"),
             offset = attribute_numbers(file, name, "add_offset");
  const double times = factor.size() == 1 ? factor[0] : 1, plus = offset.size() == 1 ? offset[0] : 0;
  // Limits that are real numbers beside packed integers are of the unpacked numbers (NUG, "valid_range").
  const bool packed = type.find("int") != std::string::npos && (!factor.empty() || !offset.empty());
  const auto limits_of = [&](const char* attribute) {
    return packed && is_real(file, name, attribute) ? attribute_numbers(file, name, attribute) : as_stored(attribute);
  };
  bool unpacked_limits = false;
  for (const char* attribute : {"valid_range", "valid_min", "valid_max"})
    unpacked_limits |= packed && is_real(file, name, attribute);
  if (const auto range = limits_of("valid_range"); range.size() == 2) {
    least = range[0];
    most = range[1];
  }
  if (const auto lower = limits_of("valid_min"); lower.size() == 1) least = lower[0];
  if (const auto upper = limits_of("valid_max"); upper.size() == 1) most = upper[0];
  // An attribute may be a double beside values that are floats: 1e20 is then the float nearest to it.
  const bool narrow = type == "float32";
  const auto rounded = [narrow](double x) { return narrow ? static_cast<double>(static_cast<float>(x)) : x; };
  std::erase_if(missing, [](double x) { return std::isnan(x); });
  std::transform(missing.begin(), missing.end(), missing.begin(), rounded);
  least = rounded(least);
  most = rounded(most);
  for (double& number : numbers) {
    const double limited = unpacked_limits ? number * times + plus : number;
    const bool known =
        std::find(missing.begin(), missing.end(), number) == missing.end() && limited >= least && limited <= most;
    number = known ? number * times + plus : kNaN;
  }
  return numbers;
}

std::vector<std::int32_t> years_of_axis(const ResultReader& file, const std::string& name) {
  const std::string where = fmt::format("{}:/{}", file.path(), name);
  const auto refuse = [&](const std::string& what) { throw Error(ExitCode::kBadData, where + what); };
  const std::vector<double> times = file.numbers(name);
  const std::string units = file.text_attribute(name, "units"), calendar = file.text_attribute(name, "calendar");
  const std::size_t since = units.find(" since ");
  std::optional<Unit> unit;
  std::optional<double> in_year;
  Date start{0, 1, 1};
  if (since != std::string::npos) {
    unit = unit_named(units.substr(0, since));
    in_year = days_in_year(calendar);
    int year = 0, month = 1, day = 1;
    const int read = std::sscanf(units.c_str() + since + 7, "%d-%d-%d", &year, &month, &day);
    start = {year, month, day};
    if (!unit || !in_year || read < 1 || month < 1 || month > 12 || day < 1 || day > 31) {
      refuse(fmt::format(
          ": found units \"{}\"{}, expected years or a time such as \"days since 2016-01-01\"; name another "
          "dataset with --year-name",
          printable(units), calendar.empty() ? "" : " and calendar \"" + printable(calendar) + "\""));
    }
  }
  std::vector<std::int32_t> years;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double year = unit && std::abs(times[i]) < 1e18 ? year_at(times[i], *unit, start, *in_year) : times[i];
    if (!(std::abs(year) <= 1e6) || year != std::floor(year)) {
      refuse(fmt::format("[{}]: found {}, expected a whole year", i, times[i]));
    }
    if (unit && !years.empty() && years.back() == static_cast<std::int32_t>(year)) {
      refuse(
          fmt::format("[{}]: found a second time in {} (units \"{}\"), expected one a year; add them up first, for "
                      "instance by xarray's resample",
                      i, years.back(), printable(units)));
    }
    years.push_back(static_cast<std::int32_t>(year));
  }
  return years;
}

void check_foreign_years(const std::string& where, const std::vector<std::int32_t>& years) {
  const auto strange = std::find_if_not(years.begin(), years.end(), is_year_of_trade);
  if (strange == years.end()) return;
  throw Error(ExitCode::kBadData,
              fmt::format("{}[{}]: found {}, expected a year from {} to {}; name the dataset of the years with "
                          "--year-name",
                          where, strange - years.begin(), *strange, kFirstYear, kLastYear));
}

}  // namespace balassa
