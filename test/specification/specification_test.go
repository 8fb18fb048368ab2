package specification_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/chaperone-dev/chaperone/policies"
)

// today and later are the days of test/conformance/law.
const (
	today = "2026-11-28"
	later = "2027-08-01"
)

var (
	generated = flag.Int("generated", 120, "how many declarations to make at random under the real law")
	invented  = flag.Int("invented", 200, "how many declarations to make at random under an invented law")
	organized = flag.Int("organized", 8, "how many organizations to make at random, each with five declarations")
	seed      = flag.Uint64("seed", 1, "the seed of what is made at random")
)

// The engine decides under the real law as it is specified.
func TestRealLaw(t *testing.T) {
	l := readLaw(t)
	questions := readBases(t, l)
	for name, spec := range readCorpus(t) {
		questions = append(questions, question{name, spec, today}, question{name, spec, later})
	}
	g := newGenerator(l, *seed)
	for i := range *generated {
		questions = append(questions, g.question(fmt.Sprintf("generated %d", i)))
	}
	compareAll(t, l, newEngine(t, policies.FS), questions)
}

// The engine decides under a law whose points combine what no real point does as it is specified.
func TestInventedLaw(t *testing.T) {
	l := readLaw(t)
	g := newGenerator(l, *seed)
	files := g.invent(t)
	var questions []question
	for i := range *invented {
		questions = append(questions, g.question(fmt.Sprintf("invented %d", i)))
	}
	compareAll(t, l, newEngine(t, files), questions)
}

// The engine decides under the law with the values of an organization as it is specified.
func TestOrganizations(t *testing.T) {
	l := readLaw(t)
	g := newGenerator(l, *seed)
	decider := newEngine(t, policies.FS)
	for i := range *organized {
		profiles := g.profiles(t)
		adopt(t, decider, profiles)
		own := g.narrow(profiles)
		var questions []question
		for j := range 5 {
			questions = append(questions, own.question(fmt.Sprintf("organized %d.%d", i, j)))
		}
		compareAll(t, l.withProfiles(t, profiles), decider, questions)
	}
}
