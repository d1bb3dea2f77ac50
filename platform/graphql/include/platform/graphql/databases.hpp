#pragma once

#include <memory>
#include <string_view>

#include <platform/base/result.hpp>
#include <platform/postgres/pipeline.hpp>

namespace busflow::graphql {

/// The databases of the metadata's sources, as one event loop reaches them. Used from that loop's thread only.
class Databases {
 public:
  virtual ~Databases() = default;
  /// To be held until the answer is there, since a source may move to another address meanwhile. kInvalidSetting when
  /// nobody says where the source is.
  virtual Result<std::shared_ptr<postgres::Pipeline>> pipeline(std::string_view source) = 0;
};

}  // namespace busflow::graphql
