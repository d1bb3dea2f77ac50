#pragma once

#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/json/json.hpp>

/// Single parts of the metadata as operations of the API carry them. decode() fills a value that has its defaults;
/// kInvalidMetadata, with the place in the node as `path`. encode() writes what decode() reads, without what has its
/// default.
namespace busflow::graphql::metadata {

Result<void> decode(const Node& node, QualifiedName& value);
json::Value encode(const QualifiedName& value);
Result<void> decode(const Node& node, ColumnList& value);
json::Value encode(const ColumnList& value);
Result<void> decode(const Node& node, CustomRootField& value);
json::Value encode(const CustomRootField& value);

Result<void> decode(const Node& node, Header& value);
Result<void> decode(const Node& node, RetryPolicy& value);
json::Value encode(const Header& value);
json::Value encode(const RetryPolicy& value);

Result<void> decode(const Node& node, InputValidation& value);
Result<void> decode(const Node& node, InsertPermission& value);
Result<void> decode(const Node& node, SelectPermission& value);
Result<void> decode(const Node& node, UpdatePermission& value);
Result<void> decode(const Node& node, DeletePermission& value);
json::Value encode(const InputValidation& value);
json::Value encode(const InsertPermission& value);
json::Value encode(const SelectPermission& value);
json::Value encode(const UpdatePermission& value);
json::Value encode(const DeletePermission& value);

Result<void> decode(const Node& node, TriggerOperation& value);
Result<void> decode(const Node& node, EventTrigger& value);
Result<void> decode(const Node& node, CronTrigger& value);
json::Value encode(const TriggerOperation& value);
json::Value encode(const EventTrigger& value);
json::Value encode(const CronTrigger& value);

Result<void> decode(const Node& node, Relationship& value);
Result<void> decode(const Node& node, ComputedField& value);
Result<void> decode(const Node& node, RemoteRelationship& value);
Result<void> decode(const Node& node, ColumnConfiguration& value);
Result<void> decode(const Node& node, TableConfiguration& value);
Result<void> decode(const Node& node, Table& value);
json::Value encode(const Relationship& value);
json::Value encode(const ComputedField& value);
json::Value encode(const RemoteRelationship& value);
json::Value encode(const ColumnConfiguration& value);
json::Value encode(const TableConfiguration& value);
json::Value encode(const Table& value);

Result<void> decode(const Node& node, Function& value);
Result<void> decode(const Node& node, Customization& value);
Result<void> decode(const Node& node, PoolSettings& value);
Result<void> decode(const Node& node, ConnectionInformation& value);
Result<void> decode(const Node& node, Source& value);
json::Value encode(const Function& value);
json::Value encode(const Customization& value);
json::Value encode(const PoolSettings& value);
json::Value encode(const ConnectionInformation& value);
json::Value encode(const Source& value);

Result<void> decode(const Node& node, TypedName& value);
Result<void> decode(const Node& node, ActionPermission& value);
Result<void> decode(const Node& node, Action& value);
Result<void> decode(const Node& node, CustomScalar& value);
Result<void> decode(const Node& node, EnumValue& value);
Result<void> decode(const Node& node, CustomEnum& value);
Result<void> decode(const Node& node, CustomInputObject& value);
Result<void> decode(const Node& node, CustomRelationship& value);
Result<void> decode(const Node& node, CustomObject& value);
Result<void> decode(const Node& node, CustomTypes& value);
json::Value encode(const TypedName& value);
json::Value encode(const ActionPermission& value);
json::Value encode(const Action& value);
json::Value encode(const CustomScalar& value);
json::Value encode(const EnumValue& value);
json::Value encode(const CustomEnum& value);
json::Value encode(const CustomInputObject& value);
json::Value encode(const CustomRelationship& value);
json::Value encode(const CustomObject& value);
json::Value encode(const CustomTypes& value);

Result<void> decode(const Node& node, SavedQuery& value);
Result<void> decode(const Node& node, QueryCollection& value);
Result<void> decode(const Node& node, AllowListEntry& value);
Result<void> decode(const Node& node, RestEndpoint& value);
json::Value encode(const SavedQuery& value);
json::Value encode(const QueryCollection& value);
json::Value encode(const AllowListEntry& value);
json::Value encode(const RestEndpoint& value);

Result<void> decode(const Node& node, LimitNumber& value);
Result<void> decode(const Node& node, RateLimit& value);
Result<void> decode(const Node& node, ApiLimits& value);
json::Value encode(const LimitNumber& value);
json::Value encode(const RateLimit& value);
json::Value encode(const ApiLimits& value);

Result<void> decode(const Node& node, RemoteSchema& value);
Result<void> decode(const Node& node, InheritedRole& value);
Result<void> decode(const Node& node, Metadata& value);
json::Value encode(const RemoteSchema& value);
json::Value encode(const InheritedRole& value);
json::Value encode(const Metadata& value);

}  // namespace busflow::graphql::metadata
