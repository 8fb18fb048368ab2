package starter

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// waysText is the YAML of wayFacts.
//
//go:embed ways.yaml
var waysText string

// wayFacts are the facts and measures that can make a declaration lawful (ways.yaml).
type wayFacts struct {
	// Facts are what a declaration can state so that laws which turn on the fact do not apply.
	Facts []fieldValue `json:"facts"`
	// Measures are what people can do, by the field whose fact falls under a law.
	Measures map[string][]fieldValue `json:"measures"`
	// Claims are what a value says about the world, by `field=value` or, with %s for the value, by the field alone.
	Claims map[string]string `json:"claims"`
}

type fieldValue struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// wayFinder is a Searcher with the facts and measures to try.
type wayFinder struct {
	*Searcher
	known wayFacts
}

// readWays returns the facts and measures, with the age of adults of the legal data.
func (s *Searcher) readWays() (wayFacts, error) {
	var facts struct {
		AdultAge json.Number `json:"adultAge"`
	}
	if err := s.readLaw("facts.yaml", &facts); err != nil {
		return wayFacts{}, err
	}
	var known wayFacts
	text := strings.ReplaceAll(waysText, "ADULT_AGE", facts.AdultAge.String())
	if err := yaml.UnmarshalStrict([]byte(text), &known); err != nil {
		return wayFacts{}, fmt.Errorf("read ways.yaml: %w", err)
	}
	return known, nil
}

// claimOf returns what an answer says about the world; "" if it says nothing.
func (s wayFinder) claimOf(answer proposedAnswer) string {
	field := anyIndex.ReplaceAllString(answer.field, "[]")
	if claim, exists := s.known.Claims[field+"="+formatInline(answer.value)]; exists {
		return claim
	}
	return strings.ReplaceAll(s.known.Claims[field], "%s", answer.value.Value)
}

// claim returns what the answers of a candidate say about the world; "" if they say nothing.
func (s wayFinder) claim(c candidate) string {
	var texts []string
	for _, answer := range c.answers {
		if text := s.claimOf(answer); text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, " and ")
}
