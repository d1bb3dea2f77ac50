#pragma once

#include <platform/base/embedded_file.hpp>
#include <platform/graphql/metadata.hpp>

namespace busflow::graphql::metadata {

/// Completes actions and custom types with what an actions.graphql says: fields of `type Query` and `type Mutation` are
/// the signatures of the actions, the other types become custom types. kInvalidMetadata: an action without an entry in
/// actions.yaml, a type that is defined twice, or a syntax error.
Result<void> add_type_definitions(Metadata& metadata, const EmbeddedFile& file);

/// After all files: every action must have got a signature.
Result<void> check_signatures(const Metadata& metadata);

}  // namespace busflow::graphql::metadata
