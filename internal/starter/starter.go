// Package starter finds a declaration to start from: the smallest declaration of a support chatbot that passes for given jurisdictions and
// sectors. It knows no law: it evaluates the policy, adds what the findings require, and removes what the policy does not need. The
// result depends only on the policy and on the given day. The package reads the legal data only for the names of places.
package starter

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// assessmentAgeDays is the age of the assessments in a declaration, in days, on the day of the decision. Any number works that is below the
// age at which an assessment no longer counts.
const assessmentAgeDays = 22

// full is the specification from which every search for the smallest declaration starts, with placeholders.
//
//go:embed full.yaml
var full string

// Places are the codes that a chatbot serves.
type Places struct {
	// Jurisdictions has at least one code. The first one says where the declared data and processors are. Sectors may be empty.
	Jurisdictions, Sectors []string
}

// Searcher searches for declarations that pass on one day. It is safe for concurrent use.
type Searcher struct {
	engine *engine.Engine
	schema *schema.Validator
	law    fs.FS
	// asOf is the day on which the declarations pass. assessedOn is the earlier day on which their assessments were completed.
	asOf, assessedOn string
	// ways returns what FindWays tries. It reads it once, for all declarations.
	ways func() (wayFacts, error)
}

// New returns a searcher for declarations that the validator accepts and that the engine allows on the day. law is the bundle that the
// engine was loaded from.
func New(engine *engine.Engine, schema *schema.Validator, law fs.FS, day time.Time) *Searcher {
	s := &Searcher{
		engine: engine, schema: schema, law: law,
		asOf:       day.UTC().Format(policy.DateFormat),
		assessedOn: day.UTC().AddDate(0, 0, -assessmentAgeDays).Format(policy.DateFormat),
	}
	s.ways = sync.OnceValues(s.readWays)
	return s
}

// Find returns the smallest declaration that passes for the places, with the given name. The error says that the search found no
// declaration that passes for the places, which is no proof that there is none, or that a code is unknown.
func (s *Searcher) Find(ctx context.Context, name string, places Places) (*Declaration, error) {
	named, err := s.readPlaces(places)
	if err != nil {
		return nil, err
	}
	spec, err := named.newSpec(name)
	if err != nil {
		return nil, err
	}
	passing, err := s.addRequired(ctx, spec)
	if err != nil {
		return nil, err
	}
	return s.reduce(ctx, name, named, passing)
}

// FindEach returns the smallest declaration of each jurisdiction, sorted by code. It waits for all its goroutines.
func (s *Searcher) FindEach(ctx context.Context) ([]*Declaration, error) {
	codes := s.engine.Codes().Jurisdictions
	found, errs := make([]*Declaration, len(codes)), make([]error, len(codes))
	var searches sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0)) // A running search holds a slot, so at most GOMAXPROCS searches run.
	for i, code := range codes {
		slots <- struct{}{}
		searches.Go(func() {
			defer func() { <-slots }()
			if found[i], errs[i] = s.Find(ctx, namePrefix+code, Places{Jurisdictions: []string{code}}); errs[i] != nil {
				errs[i] = fmt.Errorf("find smallest for %s: %w", code, errs[i])
			}
		})
	}
	searches.Wait()
	return found, errors.Join(errs...)
}

// namedPlaces are places with their names.
type namedPlaces struct {
	Places
	// titles are the names with the codes, such as `Germany (de)`: the jurisdictions, then the sectors.
	titles []string
	// country is the country of the declared data and processors (ISO 3166-1 alpha-2, in upper case).
	country string
}

// readPlaces returns the places with their names. Their country is that of the first jurisdiction.
func (s *Searcher) readPlaces(places Places) (namedPlaces, error) {
	named := namedPlaces{Places: places}
	for _, kind := range []struct {
		folder string
		codes  []string
	}{{"jurisdictions", places.Jurisdictions}, {"sectors", places.Sectors}} {
		for _, code := range kind.codes {
			var document struct{ Name string }
			if err := s.readLaw(kind.folder+"/"+code+".yaml", &document); err != nil {
				return namedPlaces{}, err
			}
			named.titles = append(named.titles, fmt.Sprintf("%s (%s)", document.Name, code))
		}
	}
	var err error
	named.country, err = s.findCountry(places.Jurisdictions[0])
	return named, err
}

// findCountry returns a country of a jurisdiction, in upper case: the first member of a union such as `eu`, or else the country with which
// the code begins (`us` of `us-ca`).
func (s *Searcher) findCountry(jurisdiction string) (string, error) {
	var places struct {
		// Groups has the countries of each group, such as those of `eea`.
		Groups map[string][]string
		// Territories has, by the code of each union, the group that is its territory: `eea` for `eu`.
		Territories map[string]string
	}
	if err := s.readLaw("places.yaml", &places); err != nil {
		return "", err
	}
	if members := places.Groups[places.Territories[jurisdiction]]; len(members) > 0 {
		return strings.ToUpper(members[0]), nil
	}
	return strings.ToUpper(jurisdiction[:2]), nil
}

// readLaw decodes a YAML file of the legal data; file is its path below the folder data.
func (s *Searcher) readLaw(file string, into any) error {
	content, err := fs.ReadFile(s.law, "data/"+file)
	if err != nil {
		return fmt.Errorf("read legal data: %w", err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		return fmt.Errorf("read legal data: %s: %w", file, err)
	}
	return nil
}

// newSpec returns the specification that the search starts from: the embedded text `full` with the places, and with the name in the
// selector.
func (p namedPlaces) newSpec(name string) (*yaml.Node, error) { return p.parseSpec(full, name) }

// parseSpec returns the specification in a text that has the placeholders of full.yaml.
func (p namedPlaces) parseSpec(text, name string) (*yaml.Node, error) {
	var document yaml.Node
	text = strings.NewReplacer(
		"NAME", `"`+name+`"`, "JURISDICTIONS", formatCodes(p.Jurisdictions), "SECTORS", formatCodes(p.Sectors), "COUNTRY", `"`+p.country+`"`,
	).Replace(text)
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("read full declaration: %w", err)
	}
	return document.Content[0], nil // The mapping, which is the only content of a YAML document node.
}

// formatCodes returns codes as a YAML list. It quotes them, because YAML 1.1 reads some of them as booleans (`no`, Norway).
func formatCodes(codes []string) string {
	var quoted []string
	for _, code := range codes {
		quoted = append(quoted, `"`+code+`"`)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
