#include <exception>
#include <iostream>

#include "command_line.hpp"

int main(int argument_count, char** arguments) {
  try {
    return busflow::api::run(argument_count, arguments);
  } catch (const std::exception& fault) {
    std::cerr << "fault: " << fault.what() << '\n';
    return 70;  // EX_SOFTWARE: a bug, not a wrong input.
  }
}
