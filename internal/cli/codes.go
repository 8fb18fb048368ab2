package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/policy/closest"
)

// maxSuggestions bounds the alternatives that an error suggests for an unknown code or rule.
const maxSuggestions = 3

// The folders of the legal data that have a file for each code.
const (
	jurisdictionsFolder = "jurisdictions"
	sectorsFolder       = "sectors"
)

// code is what an argument can name: a code of the legal data, with its name for people, or the ID of a rule, which has no name ("").
type code struct{ code, name string }

// String returns `de (Germany)`, or the code alone when it has no name.
func (c code) String() string {
	if c.name == "" {
		return c.code
	}
	return fmt.Sprintf("%s (%s)", c.code, c.name)
}

// readPlaceFlags returns the codes of --jurisdiction and of --sector as the legal data writes them. The error joins an error for each
// unknown code.
func readPlaceFlags(law fs.FS, jurisdictions, sectors []string) (jurisdictionCodes, sectorCodes []string, err error) {
	jurisdictionCodes, errJurisdictions := readCodes(law, jurisdictionsFolder, "--jurisdiction", jurisdictions)
	sectorCodes, errSectors := readCodes(law, sectorsFolder, "--sector", sectors)
	return jurisdictionCodes, sectorCodes, errors.Join(errJurisdictions, errSectors)
}

// readCodes returns the values of a flag as codes of the legal data (lower case), each once. A code is the name of a file in the folder of
// the legal data, without `.yaml`. For each value that is no such code, the error joins an error that suggests the nearest codes. If these cannot
// be read, it says only so.
func readCodes(law fs.FS, folder, flag string, values []string) ([]string, error) {
	var codes []string
	var problems []error
	for _, value := range values {
		code := strings.ToLower(strings.TrimSpace(value))
		_, err := fs.Stat(law, path.Join("data", folder, code+".yaml"))
		hasSlash := path.Base(code) != code // A value such as ../sectors/retail must not lead to a file of another folder.
		if err != nil || hasSlash {
			meant, err := findMeant(law, folder, code)
			if err != nil {
				return nil, &noDecisionError{err}
			}
			problems = append(problems, fmt.Errorf("%s: %q is not a code of the legal data: did you mean %s?", flag, value, joinAlternatives(meant)))
			continue
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes, errors.Join(problems...)
}

// listCodes returns the codes of a folder of the legal data, sorted. A code whose document cannot be read has no name.
func listCodes(law fs.FS, folder string) []code {
	files, _ := fs.Glob(law, path.Join("data", folder, "*.yaml")) // The pattern is well-formed.
	var codes []code
	for _, file := range files {
		var document struct{ Name string }
		if content, err := fs.ReadFile(law, file); err == nil {
			_ = yaml.Unmarshal(content, &document)
		}
		codes = append(codes, code{strings.TrimSuffix(path.Base(file), ".yaml"), document.Name})
	}
	return codes
}

// findMeant returns the code that the legal data has for a word which people write in place of it, such as `uk`, or else the nearest codes. The
// error says that the words of places cannot be read.
func findMeant(law fs.FS, folder, word string) ([]code, error) {
	const file = "data/places.yaml"
	var places struct{ Meant map[string]string }
	content, err := fs.ReadFile(law, file)
	if err == nil {
		err = yaml.Unmarshal(content, &places)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	known := listCodes(law, folder)
	if i := slices.IndexFunc(known, func(c code) bool { return c.code == places.Meant[word] }); i >= 0 {
		return known[i : i+1], nil
	}
	return findNearest(word, known), nil
}

// findNearest returns at most maxSuggestions of the known codes, the nearest to the word first. The distance is the number of
// edits between the word and the code, or between the word and the name of the code if that is less. If the name contains the word, the
// distance is 0, but only for a word of three or more letters, since too many names contain a shorter one. If codes have the distance 0,
// only they are returned.
func findNearest(word string, known []code) []code {
	word = strings.ToLower(word)
	distance := func(c code) int {
		name := strings.ToLower(c.name)
		switch {
		case name == "":
			return closest.CountEdits(word, strings.ToLower(c.code))
		case len(word) > 2 && strings.Contains(name, word):
			return 0
		}
		return min(closest.CountEdits(word, strings.ToLower(c.code)), closest.CountEdits(word, name))
	}
	sorted := slices.SortedStableFunc(slices.Values(known), func(a, b code) int { return cmp.Compare(distance(a), distance(b)) })
	nearest := sorted[:min(len(sorted), maxSuggestions)]
	if len(nearest) > 0 && distance(nearest[0]) == 0 {
		nearest = slices.DeleteFunc(nearest, func(c code) bool { return distance(c) > 0 })
	}
	return nearest
}

// joinAlternatives returns the codes as `a, b or c`.
func joinAlternatives(codes []code) string {
	var texts []string
	for _, c := range codes {
		texts = append(texts, c.String())
	}
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " or " + texts[last]
}
