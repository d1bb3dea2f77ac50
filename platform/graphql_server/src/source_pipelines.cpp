#include "source_pipelines.hpp"

#include <utility>

namespace busflow::graphql_server {

SourcePipelines::SourcePipelines(boost::asio::io_context& loop, postgres::PipelineOptions options, FindConnection find,
                                 const graphql::EngineSlot& engine)
    : loop_(loop),
      options_(std::move(options)),
      find_(std::move(find)),
      engine_(engine),
      main_(std::make_shared<postgres::Pipeline>(loop, options_)) {}

Result<std::shared_ptr<postgres::Pipeline>> SourcePipelines::pipeline(std::string_view source) {
  if (!find_) return main_;
  const std::uint64_t generation = engine_.generation();
  const auto known = others_.find(source);
  if (known != others_.end() && known->second.generation == generation) return known->second.pipeline;
  BUSFLOW_TRY(auto connection, find_(source));
  Entry& entry = known != others_.end() ? known->second : others_[std::string(source)];
  entry.generation = generation;
  if (entry.pipeline != nullptr && entry.connection == connection) return entry.pipeline;
  if (connection == options_.connection) {
    entry.pipeline = main_;
  } else {
    postgres::PipelineOptions options = options_;
    options.connection = connection;
    entry.pipeline = std::make_shared<postgres::Pipeline>(loop_, options);
  }
  entry.connection = std::move(connection);
  return entry.pipeline;
}

bool SourcePipelines::is_watched(std::string_view source) {
  const auto found = pipeline(source);
  return found && *found == main_;
}

void SourcePipelines::stop() {
  main_->stop();
  for (const auto& [source, entry] : others_) entry.pipeline->stop();
}

}  // namespace busflow::graphql_server
