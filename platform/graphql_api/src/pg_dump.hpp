#pragma once

#include <string>

#include <platform/graphql_metadata/service.hpp>
#include <platform/http/synchronous.hpp>
#include <platform/http/transfer.hpp>

namespace busflow::graphql_api {

/// What a dump is made with. References outlive it.
struct DumpTools {
  graphql_metadata::Service& service;
  const telemetry::Logger& logger;
  std::string program;  ///< Empty: the pg_dump that goes with the source's server.
};

/// Answers {"opts": […], "clean_output"?, "source"?} with pg_dump's text, by the transfer; or gives the error's answer.
/// The dump lies in a file without a name until it is whole, so that none is cut short unnoticed, and however large it
/// is, little of it is in memory. Blocks until it is sent; the client's hanging up ends pg_dump, too.
http::Response answer_with_dump(Context& context, const DumpTools& tools, http::Transfer& transfer);

}  // namespace busflow::graphql_api
