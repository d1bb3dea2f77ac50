#pragma once

#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/jobs/job.hpp>
#include <platform/json/json.hpp>

namespace busflow::jobs_console {

json::Object job_json(const jobs::Job& job, jobs::JobState state);

/// "17  TourDeparturePublished  2/8 attempts  12 s ago  the reason of its failure"
std::string job_line(const jobs::Job& job, WallTime now);

/// All there is to know, a line each.
std::string job_page(const jobs::Job& job, jobs::JobState state, const std::vector<std::string>& logs);

}  // namespace busflow::jobs_console
