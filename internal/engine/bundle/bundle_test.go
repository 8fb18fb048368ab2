package bundle

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chaperone-dev/chaperone/policies"
)

// newSectorFile returns a file of legal data with one point. The content has YAML members that replace or supplement the defaults.
func newSectorFile(content string) map[string]string {
	return map[string]string{"data/sectors/banks.yaml": `
code: banks
kind: sector
name: Banks
parent: null
checked: "2026-11-23"
acts:
  act: {title: Banking Act, cite: "1", url: "https://law.example", status: in-force}
points:
- {` + content + `}
`}
}

func newPointFile(change string) map[string]string {
	members := map[string]string{
		"dimension": "rights.responseDays", "value": "30", "act": "act", "article": `"1"`, "confidence": "sourced",
	}
	for _, member := range strings.Split(change, "; ") {
		if key, value, ok := strings.Cut(member, ": "); ok {
			members[key] = value
		}
	}
	var all []string
	for key, value := range members {
		all = append(all, key+": "+value)
	}
	return newSectorFile(strings.Join(all, ", "))
}

func TestGoodLegalData(t *testing.T) {
	for name, members := range map[string]string{
		"a point as it is":               "",
		"a point with dates":             `from: "2026-01-01"; until: "2026-01-01"`,
		"a point with conditions":        "when: {channels: [voice], minors: true, belowAge: 13, sectors: [banks]}",
		"a point for some jurisdictions": "jurisdictions: [eu, us-ny]",
		"a point that holds directly":    "direct: true",
		"a level":                        "dimension: consent.recording; value: opt-in",
		"an assessment":                  "dimension: accountability.assessments; value: {dpia: 365}",
		"an assessment of any age":       "dimension: accountability.assessments; value: {dpia: any}",
		"Norway, in quotes":              `dimension: residency.noneOf; value: ["no"]`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(changeBundle(t, newPointFile(members))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBadLegalData(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"an unknown dimension":              {newPointFile("dimension: rights.magic"), `dimension "rights.magic" is not in dimensions.yaml`},
		"an unknown act":                    {newPointFile("act: other"), `act "other" is not among the acts`},
		"no article":                        {newPointFile(`article: ""`), "article must not be empty"},
		"an unknown confidence":             {newPointFile("confidence: guessed"), `confidence "guessed" is not allowed: use one of`},
		"a date that is none":               {newPointFile(`from: "2026-02-30"`), `"2026-02-30" is not an ISO date`},
		"a date that is too far away":       {newPointFile(`until: "2150-01-01"`), "is after 2149-12-31"},
		"an end before the beginning":       {newPointFile(`from: "2026-01-02"; until: "2026-01-01"`), "is before from"},
		"an unknown condition":              {newPointFile("when: {moon: true}"), `"moon" is not a condition`},
		"a condition that is false":         {newPointFile("when: {minors: false}"), "minors can only be true"},
		"a condition that is not a number":  {newPointFile("when: {belowAge: young}"), "young is not a whole number"},
		"a condition that is not a list":    {newPointFile("when: {riskClass: high}"), "riskClass must be a non-empty list"},
		"a condition with an unknown value": {newPointFile("when: {channels: [smoke]}"), `when: channels "smoke" is not allowed: use one of`},
		"jurisdictions that are no codes":   {newPointFile("jurisdictions: [EU]"), `"EU" is not a code`},
		"a point that is not direct":        {newPointFile("direct: false"), "direct can only be true"},
		"an unknown member":                 {newPointFile("penalty: 3"), `unknown field "penalty"`},
		"a number that is a word":           {newPointFile("value: many"), "many is not a whole number"},
		"a number that is negative":         {newPointFile("value: -1"), "-1 is not a whole number"},
		"a number that is not whole":        {newPointFile("value: 1.5"), "1.5 is not a whole number"},
		"a flag that is false":              {newPointFile("dimension: rights.contact; value: false"), "flag can only be true"},
		"an unknown level":                  {newPointFile("dimension: consent.recording; value: often"), `value "often" is not allowed: use one of`},
		"an unknown word":                   {newPointFile("dimension: rights.requests; value: [fun]"), `value "fun" is not allowed: use one of`},
		"an empty list":                     {newPointFile("dimension: rights.requests; value: []"), "must be a non-empty list of words"},
		"Norway without quotes":             {newPointFile("dimension: residency.noneOf; value: [no]"), "must be a non-empty list of words"},
		"an unknown assessment":             {newPointFile("dimension: accountability.assessments; value: {tea: 1}"), `key "tea" is not allowed: use one of`},
		"an age that is no number":          {newPointFile("dimension: accountability.assessments; value: {dpia: old}"), "old is not a whole number"},
		"a time without limit":              {newPointFile("dimension: retention.classMax; value: {contract: any}"), "any is not a whole number"},
		"an empty map":                      {newPointFile("dimension: accountability.assessments; value: {}"), "must be a non-empty map from keys to numbers"},
		"another code than the file's": {
			map[string]string{"data/sectors/shops.yaml": "{code: banks, kind: sector, name: x, parent: null, acts: {}, points: []}"},
			`code "banks" is not the file name`,
		},
		"another kind than the folder's": {
			map[string]string{"data/sectors/banks.yaml": "{code: banks, kind: jurisdiction, name: x, parent: null, acts: {}, points: []}"},
			`kind is "jurisdiction"`,
		},
		"a code that is a jurisdiction and a sector": {
			map[string]string{"data/sectors/eu.yaml": "{code: eu, kind: sector, name: x, parent: null, acts: {}, points: []}"},
			"the code is also a jurisdiction",
		},
		"an unknown parent": {
			map[string]string{"data/jurisdictions/fr.yaml": "{code: fr, kind: jurisdiction, name: x, parent: xx, acts: {}, points: []}"},
			`parent "xx" does not exist`,
		},
		"parents in a circle": {
			map[string]string{
				"data/jurisdictions/fr.yaml": "{code: fr, kind: jurisdiction, name: x, parent: it, acts: {}, points: []}",
				"data/jurisdictions/it.yaml": "{code: it, kind: jurisdiction, name: x, parent: fr, acts: {}, points: []}",
			},
			"the parents form a cycle: fr → it → fr",
		},
		"an act with an unknown status": {
			map[string]string{"data/sectors/banks.yaml": `{code: banks, kind: sector, name: x, parent: null,
				acts: {a: {title: x, url: "https://law.example", status: rumoured}}, points: []}`},
			`status "rumoured" is not allowed: use one of`,
		},
		"an act without a title": {
			map[string]string{"data/sectors/banks.yaml": `{code: banks, kind: sector, name: x, parent: null,
				acts: {a: {url: "https://law.example/1", status: in-force}}, points: []}`},
			"act a: title must not be empty",
		},
		"a sourced value that was read nowhere": {
			map[string]string{"data/sectors/banks.yaml": `{code: banks, kind: sector, name: x, parent: null,
				acts: {a: {title: x, status: in-force}}, points: [{dimension: rights.responseDays, value: 3, act: a, article: "1",
				confidence: sourced}]}`},
			"a sourced value needs the address where it was read",
		},
		"a dimension of no type":     {newDimensionFile("type: wish"), `type "wish" is not allowed: use one of`},
		"a dimension with no action": {newDimensionFile("action: shout"), `action "shout" is not allowed: use one of`},
		"a dimension of no party":    {newDimensionFile("party: guests"), `party "guests" is not allowed: use one of`},
		"an unknown carrier":         {newDimensionFile(`carried: "sidecar:dance"`), `"dance" is not allowed: use one of`},
		"an obligation without it":   {newDimensionFile(`carried: "sidecar:disclose"`), `obligation "disclose" has no dimension "topic.name"`},
		"a workload without it":      {newDimensionFile(`carried: workload`), `obligation "workload" has no dimension "topic.name"`},
		"a level without levels":     {newDimensionFile("type: level"), "levels belong to the type level"},
		"a number without a unit":    {newDimensionFile("type: atMost"), "unit belongs to the types"},
		"a flag for a level": {
			map[string]string{"data/dimensions.yaml": `dimensions: {consent.recording: {type: flag, field: "-", carried: "sidecar:consent",
				action: audit, party: deployer, about: x}}`},
			`obligation "consent" of dimension "consent.recording": the value true is not of the type string`,
		},
		"a group that does not exist":   {map[string]string{"data/places.yaml": "{groups: {}, territories: {eu: eea}}"}, "is not a group"},
		"a territory of nobody":         {map[string]string{"data/places.yaml": "{countries: [pr, us], within: {pr: us, us: zz}}"}, `within.us "zz" is not allowed`},
		"a territory of a territory":    {map[string]string{"data/places.yaml": "{countries: [pr, us], within: {pr: us, us: pr}}"}, `"us" is itself within another country`},
		"a region in no country":        {map[string]string{"data/regions.yaml": "{moon-1: luna}"}, `"luna" of "moon-1" is not a country`},
		"a remedy for nothing":          {map[string]string{"data/remedies.yaml": "rights.magic: Wave a wand."}, `"rights.magic" is not a dimension`},
		"a statement that is empty":     {map[string]string{"data/statements.yaml": `statements: {en: ""}`}, `the statement in "en" is empty`},
		"a condition without a field":   {map[string]string{"data/facts.yaml": "{adultAge: 18, fields: {}}"}, "each condition and no other"},
		"an age that is not a number":   {map[string]string{"data/facts.yaml": "{adultAge: old, fields: {}}"}, "invalid number"},
		"an answer that is not a field": {map[string]string{"data/facts.yaml": "{adultAge: 18, fields: {}, answers: [consent.magicURL]}"}, `no dimension has the field "consent.magicURL"`},
		"a pattern that is none":        {map[string]string{"data/workload.yaml": "{credentialNames: '(', credentialReferences: x}"}, "is not a regular expression"},
		"a bound that is not there":     {newReadabilityFile("lix: 0"), "lix, fewWords"},
		"a lower bound of long words":   {newReadabilityFile("lix: 2"), "not below lix"},
		"a length that is not there":    {newReadabilityFile("length: {contract.liabilityNotice: {words: 9}}"), "of contract.liabilityNotice must be"},
		"a measure from nowhere":        {newReadabilityFile("source: {title: LIX}"), "source must have a title and a url"},
		"a goal of another name":        {newGoalFile("goal-1", `answer: x`), "the id is not G- and two digits"},
		"a goal of no theme":            {newGoalFile("G-01", `theme: weather, answer: x`), `theme "weather" is not allowed: use one of`},
		"a goal without a sentence":     {newGoalFile("G-01", `goal: "", answer: x`), "goal must not be empty"},
		"a goal of no dimension":        {newGoalFile("G-01", `dimensions: [rights.magic]`), `dimension "rights.magic" is not in`},
		"an unknown obligation":         {newGoalFile("G-01", `runtime: [dance]`), `runtime "dance" is not allowed: use one of`},
		"a goal for later":              {newGoalFile("G-01", `later: much`), "nothing achieves the goal"},
		"a licence that asks unsaid":    {newLicenseFile("commercial: null"), "must be true or false"},
		"a licence of no text":          {newLicenseFile(`source: ""`), "source and ids must not be empty"},
		"a copyleft of no level":        {newLicenseFile("copyleft: some"), `copyleft "some" is not allowed: use one of`},
		"a licence that is two":         {newLicenseFile("ids: [Mine, mine]"), `"mine" is also in group own`},
		"an exception to nothing":       {newLicenseFile("exceptions: {X: none}"), `X "none" is not allowed: use one of`},
		"a duty that is none":           {newLicenseFile("uses: {tea: [[commercial]]}"), "uses must have"},
		"a use that is none":            {newLicenseFile("uses: {weak: [[sold]]}"), `uses: weak "sold" is not allowed: use one of`},
		"a duty that nothing brings":    {newLicenseFile("uses: {weak: []}"), "no use triggers weak"},
		"a key that is there twice":     {map[string]string{"data/facts.yaml": "{adultAge: 18, adultAge: 19, fields: {}}"}, "already set"},
		"a file that is also a folder":  {map[string]string{"data/sectors.yaml": "{}", "data/sectors/x/y.yaml": "{}"}, "both a file and a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(changeBundle(t, test.files))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// newDimensionFile returns a vocabulary of one dimension with one changed member.
func newDimensionFile(change string) map[string]string {
	members := map[string]string{
		"type": "flag", "field": `"-"`, "carried": "report", "action": "audit", "party": "deployer", "about": "x",
	}
	key, value, _ := strings.Cut(change, ": ")
	members[key] = value
	var all []string
	for key, value := range members {
		all = append(all, key+": "+value)
	}
	return map[string]string{"data/dimensions.yaml": "dimensions: {topic.name: {" + strings.Join(all, ", ") + "}}"}
}

// newReadabilityFile returns the limits of readability with one changed member.
func newReadabilityFile(change string) map[string]string {
	members := map[string]string{
		"source": "{title: LIX, url: x}", "length": "{a: {words: 1, characters: 1}}", "lix": "1", "lixOfLongWords": "1", "fewWords": "1",
		"sentenceCharacters": "1",
	}
	key, value, _ := strings.Cut(change, ": ")
	members[key] = value
	content := ""
	for key, value := range members {
		content += key + ": " + value + "\n"
	}
	return map[string]string{"data/readability.yaml": content}
}

// newGoalFile returns a list of one goal.
func newGoalFile(id, members string) map[string]string {
	for name, value := range map[string]string{"theme": "privacy", "goal": "x"} {
		if !strings.Contains(members, name+":") {
			members += ", " + name + ": " + value
		}
	}
	return map[string]string{"data/goals.yaml": id + ": {" + members + "}"}
}

// newLicenseFile returns a list of one license with one changed member, or with changed uses or exceptions.
func newLicenseFile(change string) map[string]string {
	file := map[string]string{"uses": "{}", "exceptions": "{}"}
	group := map[string]string{
		"source": "x", "ids": "[Mine]", "copyleft": "none", "commercial": "true", "derivatives": "true", "shareAlike": "true",
		"useRestrictions": "true", "attribution": "true",
	}
	key, value, _ := strings.Cut(change, ": ")
	if _, ok := file[key]; ok {
		file[key] = value
	} else {
		group[key] = value
	}
	var members []string
	for key, value := range group {
		members = append(members, key+": "+value)
	}
	content := "uses: " + file["uses"] + "\nexceptions: " + file["exceptions"] + "\nlicences: {own: {" + strings.Join(members, ", ") + "}}"
	return map[string]string{"data/licences.yaml": content}
}

func TestBadBundles(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"Rego that does not parse": {map[string]string{"lib/x/x.rego": "package lib.x\n\na := "}, "parse lib/x/x.rego"},
		"Rego of version 0":        {map[string]string{"lib/x/x.rego": "package lib.x\n\na { true }"}, "parse lib/x/x.rego"},
		"a rule that reads itself": {map[string]string{"lib/x/x.rego": "package lib.x\n\na if b\n\nb if a"}, "rego_recursion_error"},
		"an unused import":         {map[string]string{"lib/x/x.rego": "package lib.x\n\nimport data.lib.day"}, "unused"},
		"the network":              {newBuiltinCall(`http.send({"method": "get", "url": "https://x.example"})`), "undefined function http.send"},
		"a name on the network":    {newBuiltinCall(`net.lookup_ip_addr("x.example")`), "undefined function net.lookup_ip_addr"},
		"the clock":                {newBuiltinCall("time.now_ns()"), "undefined function time.now_ns"},
		"the runtime":              {newBuiltinCall("opa.runtime()"), "undefined function opa.runtime"},
		"Rego in Rego":             {newBuiltinCall(`rego.parse_module("x", "package x")`), "undefined function rego.parse_module"},
		"chance":                   {newBuiltinCall("rand.intn(\"x\", 2)"), "undefined function rand.intn"},
		"a field that the input does not have": {
			map[string]string{"governance/workload/isolation/isolation.rego": `# METADATA
# schemas:
# - input: schema.workload
package governance.workload.isolation

deny contains "x" if input.pod.hostNetwrk`},
			"undefined ref: input.pod.hostNetwrk",
		},
		"a file too large": {map[string]string{"data/x.yaml": strings.Repeat("#", maxFileBytes+1)}, "has more than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(changeBundle(t, test.files))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
	if _, err := Read(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "no Rego file") {
		t.Errorf("error of an empty bundle: %v", err)
	}
}

func newBuiltinCall(call string) map[string]string {
	return map[string]string{"lib/x/x.rego": "package lib.x\n\na := " + call}
}

func TestTestsAndOtherFilesAreNotPartOfABundle(t *testing.T) {
	first, err := Read(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Read(changeBundle(t, map[string]string{
		"lib/x/x_test.rego": "no Rego at all", "README.md": "text", "lib/x.yaml": "{",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if first.Revision != second.Revision {
		t.Error("files that are not part of the bundle change the revision")
	}
}

// TestNoPreparedLaw evaluates a law from which Rego derives nothing.
func TestNoPreparedLaw(t *testing.T) {
	b, err := Read(changeBundle(t, map[string]string{"lib/law/law.rego": "package lib.law\n\nprepared := 1 if data.nothing"}))
	if err != nil {
		t.Fatal(err)
	}
	documents, err := b.Documents()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Prepare(t.Context(), documents); err == nil || !strings.Contains(err.Error(), "gave no result") {
		t.Errorf("error %v", err)
	}
}

// TestLargestBundle reads a bundle with the maximum number and size of files, and refuses another file or byte.
func TestLargestBundle(t *testing.T) {
	files := map[string]string{"data/x.yaml": strings.Repeat("#", maxFileBytes)}
	if _, err := readFiles(changeBundle(t, files)); err != nil {
		t.Errorf("a file of the limit: %v", err)
	}
	for i := countFiles(t) + 1; i < maxFiles; i++ {
		files[fmt.Sprintf("data/more/%d.yaml", i)] = "{}"
	}
	if _, err := readFiles(changeBundle(t, files)); err != nil {
		t.Errorf("as many files as the limit: %v", err)
	}
	files["data/one-more.yaml"] = "{}"
	if _, err := readFiles(changeBundle(t, files)); err == nil || !strings.Contains(err.Error(), "more than 2000 files") {
		t.Errorf("one more file: %v", err)
	}
}

// countFiles counts the files of the built-in bundle.
func countFiles(t *testing.T) int {
	t.Helper()
	count := 0
	err := fs.WalkDir(policies.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && isPartOfBundle(name) {
			count++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// changeBundle returns the built-in bundle with some files replaced or added.
func changeBundle(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	changed := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(policies.FS, name)
		changed[name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		changed[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return changed
}
