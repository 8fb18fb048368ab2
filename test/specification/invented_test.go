package specification_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chaperone-dev/chaperone/policies"
)

// inventedPlaces and inventedSectors are the codes whose law is invented, so that conditions meet that the real law never combines. They have
// parents, parts of countries and a group of countries.
var (
	inventedPlaces  = []string{"eu", "de", "fr", "no", "us", "us-ca", "ca", "ca-qc", "ca-on", "gb", "ae", "ae-difc", "cn"}
	inventedSectors = []string{"finance", "health", "retail"}
)

// inventedActs has an act of every status and force.
var inventedActs = map[string]act{
	"statute": {Title: "Statute", Status: "in-force"}, "regulation": {Title: "Regulation", Status: "in-force", Force: "regulation"},
	"scheme": {Title: "Scheme", Status: "in-force", Force: "scheme"}, "voluntary": {Title: "Promise", Status: "in-force", Force: "voluntary"},
	"adopted": {Title: "Act to come", Status: "adopted"}, "proposed": {Title: "Bill", Status: "proposed"},
	"guidance": {Title: "Guidance", Status: "guidance"}, "court": {Title: "Ruling", Status: "case"},
	"elsewhere": {Title: "Act of some members", Status: "in-force", NotIn: []string{"no", "us-ca", "ca-qc"}},
}

// invent replaces the law of the invented places and sectors in the generator's law, and returns the policies with it.
func (g *generator) invent(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(policies.FS, name)
		files[name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var days []string
	for _, code := range slices.Concat(inventedPlaces, inventedSectors) {
		d := g.law.documents[code]
		d.Acts = inventedActs
		if code == "retail" {
			d.Parent = "finance" // no real sector has a parent
		}
		var points []map[string]any
		for i := range 24 {
			points = append(points, g.inventPoint(d, i))
		}
		content, err := json.Marshal(map[string]any{
			"code": code, "kind": d.Kind, "name": "Invented", "parent": parentOrNull(d.Parent), "checked": "2026-11-28", "acts": writeActs(), "points": points,
		})
		if err != nil {
			t.Fatal(err)
		}
		d.Points = nil
		if err := json.Unmarshal(content, d); err != nil {
			t.Fatal(err)
		}
		d.adopt()
		for _, p := range d.Points {
			if p.Until != "" {
				days = append(days, p.Until, dayAfter(p.Until, 1))
			}
		}
		files["data/"+d.Kind+"s/"+code+".yaml"].Data = content
	}
	g.days = append(unique(days), today, later)
	g.jurisdictions, g.sectors = inventedPlaces, inventedSectors
	return files
}

func parentOrNull(code string) any {
	if code == "" {
		return nil
	}
	return code
}

func writeActs() map[string]any {
	acts := map[string]any{}
	for name, a := range inventedActs {
		written := map[string]any{"title": a.Title, "cite": a.Title, "url": "https://eur-lex.europa.eu/eli/invented", "status": a.Status}
		if a.Force != "" {
			written["force"] = a.Force
		}
		if a.NotIn != nil {
			written["notIn"] = a.NotIn
		}
		acts[name] = written
	}
	return acts
}

// inventPoint returns a point with conditions at random.
func (g *generator) inventPoint(d *document, number int) map[string]any {
	dimension := pick(g, []string{"personal_data.sensitive", pick(g, slices.Sorted(maps.Keys(g.values))), pick(g, slices.Sorted(maps.Keys(g.values)))})
	p := map[string]any{
		"dimension": dimension, "value": pick(g, g.values[dimension]), "act": pick(g, slices.Sorted(maps.Keys(inventedActs))),
		"article": fmt.Sprintf("no. %d", number), "confidence": pick(g, []string{"sourced", "sourced", "recalled", "default"}), "note": "Invented.",
	}
	if p["act"] == "elsewhere" && slices.Contains(inventedActs["elsewhere"].NotIn, d.Code) {
		p["act"] = "statute"
	}
	if g.chance(40) {
		p["from"] = pick(g, g.days)
	}
	if from, _ := p["from"].(string); g.chance(20) {
		p["until"] = dayAfter(max(from, "2024-01-01"), g.IntN(900))
	}
	if g.chance(25) {
		p["appliesBy"] = pick(g, []string{"customer", "establishment", "processing"})
	}
	isElsewhere := p["appliesBy"] == "establishment" || p["appliesBy"] == "processing"
	if g.chance(20) || d.Kind == "sector" && (isElsewhere || g.chance(50)) {
		p["jurisdictions"] = g.lowerCodes(g.jurisdictions)
	}
	if !isElsewhere && g.chance(10) {
		p["direct"] = true
	}
	if when := g.inventConditions(); len(when) > 0 {
		p["when"] = when
	}
	return p
}

func (g *generator) lowerCodes(from []string) []string {
	var list []string
	for _, code := range g.codes(from, 2) {
		list = append(list, strings.ToLower(string(code)))
	}
	return list
}

func (g *generator) inventConditions() map[string]any {
	when := map[string]any{}
	names := slices.Sorted(maps.Keys(g.law.conditions))
	for range g.IntN(3) {
		name := pick(g, names)
		switch {
		case name == "notEstablishedIn":
			when[name] = g.lowerCodes(g.jurisdictions)[:1]
		case name == "establishedIn", name == "processedIn":
			when[name] = g.lowerCodes(g.jurisdictions)
		case name == "notRoles":
			when[name] = []string{pick(g, g.conditions["roles"])}
		case name == "sectors":
			when[name] = g.lowerCodes(g.sectors)
		case name == "turnover":
			when[name] = map[string]any{pick(g, g.currencies): pick(g, g.thresholds[name])}
		case len(g.thresholds[name]) > 0:
			when[name] = pick(g, g.thresholds[name])
		case len(g.conditions[name]) > 0:
			when[name] = unique([]string{pick(g, g.conditions[name]), pick(g, g.conditions[name])})
		case name == "belowAge":
			when[name] = 13 + g.IntN(6)
		default:
			when[name] = true
		}
	}
	return when
}
