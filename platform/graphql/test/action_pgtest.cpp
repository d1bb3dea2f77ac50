#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

TEST_F(EngineTest, AnActionGetsItsInputAndGivesWhatIsSelected) {
  EXPECT_EQ(data(R"(mutation { renameArtist(input: {id: 1, name: "Omega"}) { name __typename } })"),
            R"({"renameArtist":{"name":"Omega","__typename":"RenamedArtist"}})");
  EXPECT_EQ(
      data("mutation ($input: RenameArtistInput!) { r: renameArtist(input: $input) { id name aliases } }",
           {{"input", json::parse(R"({"id": 2, "name": "Psi", "aliases": ["P"], "since": "2001-01-01"})").value()}}),
      R"({"r":{"id":2,"name":"Psi","aliases":["P"]}})");
}

TEST_F(EngineTest, ActionsOfOneRequestRunInOrderAndStopAtTheFirstError) {
  EXPECT_EQ(
      data(
          R"(mutation { a: renameArtist(input: {id: 1, name: "A"}) { id } b: renameArtist(input: {id: 2, name: "B"}) { id } })"),
      R"({"a":{"id":1},"b":{"id":2}})");
  const auto answer =
      ask(R"(mutation { failWith(reason: "closed") { id } renameArtist(input: {id: 1, name: "A"}) { id } })");
  EXPECT_NE(answer.find(R"("message":"closed")"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("\"data\""), std::string::npos) << answer;
}

TEST_F(EngineTest, AHandlersErrorCarriesNameAndHint) {
  const auto error = json::parse(ask(R"(mutation { failWith(reason: "closed") { id } })")).value().at("errors").at(0);
  EXPECT_EQ(error.at("message").as_string(), "closed");
  EXPECT_EQ(error.at("extensions").at("name").as_string(), "state-conflict");
  EXPECT_FALSE(error.at("extensions").at("hint").as_string().empty());
}

TEST_F(EngineTest, AFaultIsLoggedAndItsDetailKeptFromTheClient) {
  const auto answer = ask(R"(mutation { failWith(reason: "fault") { id } })");
  EXPECT_NE(answer.find("errors"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("secret detail"), std::string::npos) << answer;
  EXPECT_NE(faults_.find("secret detail"), std::string::npos);
}

TEST_F(EngineTest, ANullableActionMayGiveNothing) {
  EXPECT_EQ(data(R"(mutation { failWith(reason: "null") { id } })"), R"({"failWith":null})");
}

TEST_F(EngineTest, InputThatDoesNotFitIsRefusedBeforeTheHandler) {
  for (const std::string arguments :
       {R"(input: {id: "x", name: "A"})", R"(input: {id: 1})", R"(input: {id: 1, name: "A", colour: "red"})", "",
        R"(input: {id: 1, name: null})", R"(input: {id: 1, name: "A", aliases: [1]})"}) {
    const std::string call = arguments.empty() ? "renameArtist" : "renameArtist(" + arguments + ")";
    const auto answer = ask("mutation { " + call + " { id } }");
    EXPECT_NE(answer.find("validation-failed"), std::string::npos) << arguments << "\n" << answer;
  }
}

TEST_F(EngineTest, ARoleWithoutThePermissionDoesNotSeeTheAction) {
  const auto answer = ask(R"(mutation { renameArtist(input: {id: 1, name: "A"}) { id } })", {}, "guest");
  EXPECT_NE(answer.find("errors"), std::string::npos) << answer;
}

}  // namespace
}  // namespace busflow::graphql
