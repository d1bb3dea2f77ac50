#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include <platform/graphql/databases.hpp>
#include <platform/graphql/engine_slot.hpp>
#include <platform/graphql_server/endpoint.hpp>

namespace busflow::graphql_server {

/// The pipelines of one event loop: that of the endpoint's options, and one for each source that is elsewhere, made
/// when it is first asked for. Belongs to that loop.
class SourcePipelines : public graphql::Databases {
 public:
  SourcePipelines(boost::asio::io_context& loop, postgres::PipelineOptions options, FindConnection find,
                  const graphql::EngineSlot& engine);

  Result<std::shared_ptr<postgres::Pipeline>> pipeline(std::string_view source) override;
  /// That of the options, whose database the change feed watches.
  postgres::Pipeline& main() { return *main_; }
  /// Whether the change feed tells of the source's tables.
  bool is_watched(std::string_view source);
  void stop();

 private:
  struct Entry {
    postgres::ConnectionOptions connection;
    std::shared_ptr<postgres::Pipeline> pipeline;
    std::uint64_t generation = 0;  ///< Of the engine when the source's address was last looked at.
  };

  boost::asio::io_context& loop_;
  const postgres::PipelineOptions options_;
  const FindConnection find_;
  const graphql::EngineSlot& engine_;
  const std::shared_ptr<postgres::Pipeline> main_;
  std::map<std::string, Entry, std::less<>> others_;
};

}  // namespace busflow::graphql_server
