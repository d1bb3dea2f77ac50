#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {
namespace {

template <class Codec>
void describe_operation(Codec& codec, Described<Codec, TriggerOperation>& operation) {
  codec.required("columns", operation.columns);
  codec.optional("payload", operation.payload);
}

/// Event triggers and cron triggers name the same settings differently.
template <class Codec>
void describe_event_retry(Codec& codec, Described<Codec, RetryPolicy>& retry) {
  codec.optional("num_retries", retry.num_retries);
  codec.optional("interval_sec", retry.interval_sec);
  codec.optional("timeout_sec", retry.timeout_sec);
  codec.optional("tolerance_seconds", retry.tolerance_seconds);
}

template <class Codec>
void describe_header(Codec& codec, Described<Codec, Header>& header) {
  codec.required("name", header.name);
  codec.optional("value", header.value);
  codec.optional("value_from_env", header.value_from_env);
}

template <class Codec>
void describe_schedule_retry(Codec& codec, Described<Codec, RetryPolicy>& retry) {
  codec.optional("num_retries", retry.num_retries);
  codec.optional("retry_interval_seconds", retry.interval_sec);
  codec.optional("timeout_seconds", retry.timeout_sec);
  codec.optional("tolerance_seconds", retry.tolerance_seconds);
}

template <class Codec>
void describe_trigger(Codec& codec, Described<Codec, EventTrigger>& trigger) {
  codec.location(trigger.location);
  codec.required("name", trigger.name);
  codec.nested("definition", [&](auto& definition) {
    definition.optional("enable_manual", trigger.enable_manual);
    definition.optional("insert", trigger.insert);
    definition.optional("update", trigger.update);
    definition.optional("delete", trigger.delete_);
  });
  codec.nested("retry_conf", [&](auto& retry) { describe_event_retry(retry, trigger.retry); });
  codec.optional("webhook", trigger.webhook);
  codec.optional("webhook_from_env", trigger.webhook_from_env);
  codec.optional("headers", trigger.headers);
  codec.optional("request_transform", trigger.request_transform);
  codec.optional("response_transform", trigger.response_transform);
  codec.optional("cleanup_config", trigger.cleanup_config);
  codec.optional("trigger_on_replication", trigger.trigger_on_replication);
  codec.optional("ordering_key", trigger.ordering_key);
}

}  // namespace

Result<void> decode(const Node& node, Header& value) {
  Decoder decoder(node);
  describe_header(decoder, value);
  if (!decoder.failed() && value.value.has_value() == value.value_from_env.has_value())
    decoder.fail_with("a header needs either 'value' or 'value_from_env'");
  // Such variables hold the server's own secrets.
  if (value.value_from_env && value.value_from_env->starts_with("HASURA_GRAPHQL_")) {
    decoder.fail_with(
        fmt::format("env variables starting with \"HASURA_GRAPHQL_\" are not allowed in value_from_env: {}",
                    *value.value_from_env));
  }
  return decoder.finish();
}

json::Value encode(const Header& value) {
  Encoder encoder;
  describe_header(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, RetryPolicy& value) {
  Decoder decoder(node);
  describe_schedule_retry(decoder, value);
  return decoder.finish();
}

json::Value encode(const RetryPolicy& value) {
  Encoder encoder;
  describe_schedule_retry(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, TriggerOperation& value) {
  Decoder decoder(node);
  describe_operation(decoder, value);
  return decoder.finish();
}

json::Value encode(const TriggerOperation& value) {
  Encoder encoder;
  describe_operation(encoder, value);
  return encoder.take_object();
}

Result<void> decode(const Node& node, EventTrigger& value) {
  Decoder decoder(node);
  describe_trigger(decoder, value);
  if (!decoder.failed() && value.webhook.has_value() == value.webhook_from_env.has_value())
    decoder.fail_with("an event trigger needs either 'webhook' or 'webhook_from_env'");
  return decoder.finish();
}

json::Value encode(const EventTrigger& value) {
  Encoder encoder;
  describe_trigger(encoder, value);
  return encoder.take_object();
}

namespace {

template <class Codec>
void describe_cron_trigger(Codec& codec, Described<Codec, CronTrigger>& trigger) {
  codec.location(trigger.location);
  codec.required("name", trigger.name);
  codec.required("schedule", trigger.schedule);
  codec.optional("payload", trigger.payload);
  codec.optional("retry_conf", trigger.retry);
  codec.optional("headers", trigger.headers);
  codec.required("include_in_metadata", trigger.include_in_metadata);
  codec.optional("comment", trigger.comment);
  codec.optional("request_transform", trigger.request_transform);
  codec.optional("response_transform", trigger.response_transform);
  codec.optional("timezone", trigger.timezone);
  codec.optional("overlap", trigger.overlap);
}

}  // namespace

Result<void> decode(const Node& node, CronTrigger& value) {
  Decoder decoder(node);
  describe_cron_trigger(decoder, value);
  const Node* webhook = decoder.take("webhook");
  if (webhook != nullptr && webhook->kind == Node::Kind::kMap) {
    Decoder inner(*webhook);
    inner.required("from_env", value.webhook_from_env);
    if (auto done = inner.finish(); !done) decoder.adopt("webhook", std::move(done).error());
  } else {
    decoder.required("webhook", value.webhook);
  }
  return decoder.finish();
}

json::Value encode(const CronTrigger& value) {
  Encoder encoder;
  describe_cron_trigger(encoder, value);
  if (value.webhook_from_env) {
    encoder.put("webhook", json::Object{{"from_env", *value.webhook_from_env}});
  } else {
    encoder.required("webhook", value.webhook);
  }
  return encoder.take_object();
}

}  // namespace busflow::graphql::metadata
