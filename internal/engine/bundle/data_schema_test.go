package bundle

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/opa/opatest"
)

// TestDataMatchesItsSchema validates every file of the law against policies/schema. Package law checks the form of values for their
// dimensions, and that acts and parents exist, whenever a bundle is read.
func TestDataMatchesItsSchema(t *testing.T) {
	for _, test := range []struct{ schema, files string }{
		{"document", "data/jurisdictions/*.yaml"},
		{"document", "data/sectors/*.yaml"},
		{"dimensions", "data/dimensions.yaml"},
	} {
		names, err := fs.Glob(openPolicies(), test.files)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", test.files, len(names), err)
		}
		schema := readSchema(t, test.schema)
		for _, name := range names {
			for _, fault := range opatest.FindSchemaFaults(t, schema, readDataFile(t, name)) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
}

const goodDocument = `
code: banks
kind: sector
name: Banks
parent: null
checked: "2026-11-23"
acts:
  act: {title: Banking Act, cite: "Act 1", url: "https://law.example/1", status: in-force}
points:
- {dimension: rights.responseDays, value: 30, act: act, article: "1", from: "2026-01-01", when: {channels: [voice]}, confidence: sourced}
`

const goodDimensions = `
dimensions:
  topic.level: {type: level, levels: [none, some], field: "a.b", carried: declaration, action: deny, party: deployer, about: "x"}
`

func TestSchemaTakesGoodDocuments(t *testing.T) {
	for name, change := range map[string][2]string{
		"as it is":                        {},
		"a parent":                        {"parent: null", "parent: eu"},
		"a flag":                          {"value: 30", "value: true"},
		"a level":                         {"value: 30", "value: opt-in"},
		"words":                           {"value: 30", "value: [access, erasure]"},
		"numbers by key":                  {"value: 30", "value: {dpia: 365}"},
		"Norway, quoted":                  {"value: 30", `value: ["no"]`},
		"a default, noted":                {"confidence: sourced", "confidence: default, note: a number of ours"},
		"an act that was read elsewhere":  {"status: in-force", `status: in-force, readAt: "https://copy.example"`},
		"an act without a known address":  {`url: "https://law.example/1"`, `readAt: "https://copy.example/1"`},
		"a point that was read elsewhere": {"confidence: sourced", `confidence: sourced, readAt: "https://copy.example/1"`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := changeText(t, goodDocument, change)
			if faults := opatest.FindSchemaFaults(t, readSchema(t, "document"), changed); len(faults) > 0 {
				t.Error(faults)
			}
		})
	}
	if faults := opatest.FindSchemaFaults(t, readSchema(t, "dimensions"), changeText(t, goodDimensions, [2]string{})); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestSchemaRefusesBrokenDocuments(t *testing.T) {
	checkRefusals(t, "document", goodDocument, map[string][3]string{
		"an unknown key of the file":         {"kind: sector", "kind: sector\nregion: x", "region is not allowed"},
		"an unknown key of an act":           {"status: in-force", "status: in-force, page: 3", "page is not allowed"},
		"an unknown key of a point":          {`article: "1"`, `article: "1", penalty: 3`, "penalty is not allowed"},
		"no points":                          {"points:", "points: []\nmore:", "points: "},
		"no date of the check":               {"checked:", "chekced:", "checked is required"},
		"another kind":                       {"kind: sector", "kind: country", "kind: "},
		"a code in capitals":                 {"code: banks", "code: BANKS", "code: "},
		"a name that is empty":               {"name: Banks", `name: ""`, "name: "},
		"a parent that is not a code":        {"parent: null", "parent: [eu]", "parent: "},
		"an act with a home page as its url": {"https://law.example/1", "https://law.example/", "acts.act.url: "},
		"a point with a url":                 {`article: "1"`, `article: "1", url: "https://law.example/1"`, "url is not allowed"},
		"a point read at no address":         {`article: "1"`, `article: "1", readAt: "a library"`, "points.0.readAt: "},
		"an act with a url that is none":     {"https://law.example/1", "law.example", "acts.act.url: "},
		"an act without a cite":              {`cite: "Act 1", `, "", "cite is required"},
		"an unknown status":                  {"status: in-force", "status: rumoured", "acts.act.status: "},
		"a month that is none":               {"2026-01-01", "2026-13-01", "points.0.from: "},
		"a day that is none":                 {"2026-01-01", "2026-02-30", "points.0.from: "},
		"a date without a day":               {"2026-01-01", "2026", "points.0.from: "},
		"a check on no day":                  {"2026-11-23", "last week", "checked: "},
		"an unknown condition":               {"channels: [voice]", "moon: true", "moon is not allowed"},
		"a condition that is false":          {"channels: [voice]", "minors: false", "when.minors: "},
		"an age of zero":                     {"channels: [voice]", "belowAge: 0", "when.belowAge: "},
		"a condition with a word for a list": {"channels: [voice]", "channels: voice", "when.channels: "},
		"a condition with an unknown word":   {"channels: [voice]", "channels: [smoke]", "when.channels.0: "},
		"conditions that are none":           {"{channels: [voice]}", "{}", "points.0.when: "},
		"an unknown confidence":              {"confidence: sourced", "confidence: guessed", "points.0.confidence: "},
		"a default without a note":           {"confidence: sourced", "confidence: default", "note is required"},
		"a point without an article":         {`article: "1", `, "", "article is required"},
		"a list where a word is wanted":      {"dimension: rights.responseDays", "dimension: [rights.responseDays]", "points.0.dimension: "},
		"a value that is false":              {"value: 30", "value: false", "points.0.value: "},
		"a value that is negative":           {"value: 30", "value: -1", "points.0.value: "},
		"a value that is not whole":          {"value: 30", "value: 1.5", "points.0.value: "},
		"a list that is empty":               {"value: 30", "value: []", "points.0.value: "},
		"a word that is there twice":         {"value: 30", "value: [access, access]", "points.0.value: "},
		"Norway without quotes":              {"value: 30", "value: [no]", "points.0.value: "},
		"a point that is not direct":         {"value: 30", "value: 30, direct: false", "points.0.direct: "},
		"jurisdictions that are no codes":    {"value: 30", "value: 30, jurisdictions: [EU]", "points.0.jurisdictions.0: "},
	})
	checkRefusals(t, "dimensions", goodDimensions, map[string][3]string{
		"an unknown key":             {`about: "x"`, `about: "x", more: 1`, "more is not allowed"},
		"a name without a topic":     {"topic.level", "level", "Property name"},
		"an unknown type":            {"type: level", "type: wish", "topic.level.type: "},
		"a level without levels":     {"levels: [none, some], ", "", "levels is required"},
		"levels of a flag":           {"type: level", "type: flag", "topic.level: "},
		"a number without a unit":    {"type: level, levels: [none, some]", "type: atMost", "unit is required"},
		"keys of a level":            {"type: level", "type: level, keys: [dpia]", "topic.level: "},
		"values of a level":          {"type: level", "type: level, values: [dpia]", "topic.level: "},
		"an action that is none":     {"action: deny", "action: shout", "topic.level.action: "},
		"a sidecar without a kind":   {"carried: declaration", "carried: sidecar", "topic.level.carried: "},
		"a party that is none":       {"party: deployer", "party: guests", "topic.level.party: "},
		"a field that is not a path": {"field: \"a.b\"", "field: \"a b\"", "topic.level.field: "},
		"a dimension without about":  {`, about: "x"`, "", "about is required"},
	})
}

// checkRefusals makes each change to a good text. The schema must report a fault that contains the third string.
func checkRefusals(t *testing.T, schema, good string, tests map[string][3]string) {
	t.Helper()
	text := readSchema(t, schema)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			faults := opatest.FindSchemaFaults(t, text, changeText(t, good, [2]string{test[0], test[1]}))
			if !strings.Contains(strings.Join(faults, "\n"), test[2]) {
				t.Errorf("faults %q, want one with %q", faults, test[2])
			}
		})
	}
}

func readSchema(t *testing.T, name string) string {
	t.Helper()
	content, err := fs.ReadFile(openPolicies(), path.Join("schema", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func readDataFile(t *testing.T, name string) any {
	t.Helper()
	content, err := fs.ReadFile(openPolicies(), name)
	if err != nil {
		t.Fatal(err)
	}
	return parseYAML(t, content)
}

// changeText replaces the first string by the second, once, and parses the result.
func changeText(t *testing.T, text string, change [2]string) any {
	t.Helper()
	if !strings.Contains(text, change[0]) {
		t.Fatalf("%q is not in the text", change[0])
	}
	return parseYAML(t, []byte(strings.Replace(text, change[0], change[1], 1)))
}

func parseYAML(t *testing.T, content []byte) any {
	t.Helper()
	document, err := decodeYAML(content)
	if err != nil {
		t.Fatal(err)
	}
	return document
}
