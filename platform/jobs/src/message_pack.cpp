#include <platform/jobs/message_pack.hpp>

#include <bit>
#include <cstdint>
#include <limits>
#include <string_view>

namespace busflow::jobs {
namespace {

class Writer {
 public:
  void write(const json::Value& value) {
    switch (value.kind()) {
      case boost::json::kind::null: put(0xc0); break;
      case boost::json::kind::bool_: put(value.get_bool() ? 0xc3 : 0xc2); break;
      case boost::json::kind::int64: write_integer(value.get_int64()); break;
      case boost::json::kind::uint64: head(0xcf, value.get_uint64(), 8); break;
      case boost::json::kind::double_: head(0xcb, std::bit_cast<std::uint64_t>(value.get_double()), 8); break;
      case boost::json::kind::string: write_text(value.get_string()); break;
      case boost::json::kind::array:
        write_size(value.get_array().size(), 0x90, 0xdc);
        for (const auto& item : value.get_array()) write(item);
        break;
      case boost::json::kind::object:
        write_size(value.get_object().size(), 0x80, 0xde);
        for (const auto& [key, member] : value.get_object()) {
          write_text(key);
          write(member);
        }
        break;
    }
  }

  std::string bytes;

 private:
  void put(std::uint8_t byte) { bytes += static_cast<char>(byte); }

  /// A type byte and a number of so many bytes, the highest first.
  void head(std::uint8_t type, std::uint64_t number, int size) {
    put(type);
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) put(static_cast<std::uint8_t>(number >> shift));
  }

  void write_integer(std::int64_t number) {
    if (number >= -32 && number <= 127) {
      put(static_cast<std::uint8_t>(number));
    } else if (number >= std::numeric_limits<std::int32_t>::min() &&
               number <= std::numeric_limits<std::int32_t>::max()) {
      head(0xd2, static_cast<std::uint32_t>(number), 4);
    } else {
      head(0xd3, static_cast<std::uint64_t>(number), 8);
    }
  }

  void write_text(std::string_view text) {
    if (text.size() < 32) {
      put(static_cast<std::uint8_t>(0xa0 | text.size()));
    } else if (text.size() < 256) {
      head(0xd9, text.size(), 1);
    } else if (text.size() < 65536) {
      head(0xda, text.size(), 2);
    } else {
      head(0xdb, text.size(), 4);
    }
    bytes += text;
  }

  /// `small` for up to 15 elements; `large` and the next type byte for 16 and 32 bit counts.
  void write_size(std::size_t size, std::uint8_t small, std::uint8_t large) {
    if (size < 16) {
      put(static_cast<std::uint8_t>(small | size));
    } else if (size < 65536) {
      head(large, size, 2);
    } else {
      head(static_cast<std::uint8_t>(large + 1), size, 4);
    }
  }
};

}  // namespace

std::string to_message_pack(const json::Value& value) {
  Writer writer;
  writer.write(value);
  return std::move(writer.bytes);
}

}  // namespace busflow::jobs
