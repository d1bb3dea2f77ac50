#pragma once

#include <optional>
#include <string>

#include <platform/application/module.hpp>
#include <platform/base/result.hpp>
#include <platform/image/image.hpp>

#include "domain/file.hpp"

namespace busflow::files {

/// Another form of an image, as the query of Nhost Storage asks for it: w, h, q, b and f.
struct ImageVariant {
  image::Transform transform;
  std::string etag;                ///< Of this form of this version.
  bool depends_on_accept = false;  ///< f=auto: what the client takes decides.
};

/// Nothing when none is asked for. kNotSupported for a file that is no image of the four formats; kValidationFailed
/// names the parameter.
Result<std::optional<ImageVariant>> read_image_variant(const application::RouteRequest& request, const File& file);

/// The file's name with the extension of the format.
std::string variant_name(const std::string& name, image::Format format);

}  // namespace busflow::files
