#include "actions.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <platform/base/context.hpp>
#include <platform/json/reader.hpp>

#include "usecases/departures.hpp"

namespace busflow::backoffice {
namespace {

using json::Reader;

Result<std::optional<Date>> read_optional_date(const Reader& reader, std::string_view field) {
  BUSFLOW_TRY(const auto text, reader.optional_text(field));
  if (!text) return std::nullopt;
  if (const auto date = parse_date(*text)) return date;
  return fail(ErrorName::kValidationFailed,
              fmt::format("field '{}': expected a date such as 2026-05-01, found '{}'", field, *text),
              fmt::format("{}.{}", reader.path(), field));
}

/// DepartureOutput.
json::Value output(const Departure& departure) {
  return json::Object{{"id", departure.id.to_string()}, {"status", to_text(departure.status)}};
}

using DepartureById = Result<Departure> (*)(Context&, postgres::Pool&, const Uuid&);

/// The actions that take nothing but an id.
application::Action action_by_id(DepartureStep step, postgres::Pool& pool, DepartureById run) {
  return {std::string(to_text(step)),
          [&pool, run](Context& context, const json::Object& arguments) -> Result<json::Value> {
            BUSFLOW_TRY(const Uuid id, Reader(arguments).uuid("id"));
            BUSFLOW_TRY(const Departure departure, run(context, pool, id));
            return output(departure);
          }};
}

}  // namespace

Result<NewDeparture> read_new_departure(const json::Object& arguments) {
  const Reader reader_of_arguments(arguments);
  BUSFLOW_TRY(const Reader reader, reader_of_arguments.object("input"));
  BUSFLOW_CHECK(
      reader.only({"tour_template_id", "start_date", "end_date", "capacity", "vehicle_id", "driver_id", "notes"}));
  NewDeparture wanted;
  BUSFLOW_TRY(wanted.tour_template_id, reader.uuid("tour_template_id"));
  BUSFLOW_TRY(const auto start_date, read_optional_date(reader, "start_date"));
  if (!start_date) {
    return fail(ErrorName::kValidationFailed, "missing required field 'start_date' (a date)", "$.input.start_date");
  }
  wanted.start_date = *start_date;
  BUSFLOW_TRY(wanted.end_date, read_optional_date(reader, "end_date"));
  BUSFLOW_TRY(wanted.capacity, reader.optional_integer("capacity"));
  BUSFLOW_TRY(wanted.vehicle_id, reader.optional_uuid("vehicle_id"));
  BUSFLOW_TRY(wanted.driver_id, reader.optional_uuid("driver_id"));
  BUSFLOW_TRY(wanted.notes, reader.optional_text("notes"));
  return wanted;
}

Result<DepartureChange> read_departure_change(const json::Object& arguments) {
  const Reader reader_of_arguments(arguments);
  BUSFLOW_TRY(const Reader reader, reader_of_arguments.object("input"));
  BUSFLOW_CHECK(reader.only({"id", "start_date", "end_date", "capacity", "vehicle_id", "driver_id", "notes"}));
  const json::Object& given = arguments.at("input").get_object();
  DepartureChange change;
  BUSFLOW_TRY(change.id, reader.uuid("id"));
  BUSFLOW_TRY(change.start_date, read_optional_date(reader, "start_date"));
  BUSFLOW_TRY(change.end_date, read_optional_date(reader, "end_date"));
  BUSFLOW_TRY(change.capacity, reader.optional_integer("capacity"));
  if (given.contains("vehicle_id")) {
    BUSFLOW_TRY(change.vehicle_id, reader.optional_uuid("vehicle_id"));
  }
  if (given.contains("driver_id")) {
    BUSFLOW_TRY(change.driver_id, reader.optional_uuid("driver_id"));
  }
  if (given.contains("notes")) {
    BUSFLOW_TRY(change.notes, reader.optional_text("notes"));
  }
  return change;
}

std::vector<application::Action> departure_actions(postgres::Pool& pool) {
  return {
      {"createDeparture",
       [&pool](Context& context, const json::Object& arguments) -> Result<json::Value> {
         BUSFLOW_TRY(const auto wanted, read_new_departure(arguments));
         BUSFLOW_TRY(const Departure departure, create_departure(context, pool, wanted));
         return output(departure);
       }},
      {"updateDeparture",
       [&pool](Context& context, const json::Object& arguments) -> Result<json::Value> {
         BUSFLOW_TRY(const auto change, read_departure_change(arguments));
         BUSFLOW_TRY(const Departure departure, update_departure(context, pool, change));
         return output(departure);
       }},
      action_by_id(DepartureStep::kMarkReady, pool, mark_departure_ready),
      action_by_id(DepartureStep::kPublish, pool, publish_departure),
      action_by_id(DepartureStep::kCancel, pool, cancel_departure),
  };
}

}  // namespace busflow::backoffice
