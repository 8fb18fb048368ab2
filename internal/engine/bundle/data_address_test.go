package bundle

import (
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
)

// TestActsCiteOfficialAddresses refuses a copy, a law firm or a newspaper as the address of an act: its url is on a host of
// policies/schema/official-hosts.txt, or it has none. Every host of that list is used.
func TestActsCiteOfficialAddresses(t *testing.T) {
	official, used := readOfficialHosts(t), map[string]bool{}
	for name, acts := range readActsByFile(t) {
		for key, a := range acts {
			if a.URL == "" {
				continue
			}
			address, err := url.Parse(a.URL)
			if err != nil || !slices.Contains(official, address.Host) {
				t.Errorf("%s: act %s: %s is not an official address (policies/schema/official-hosts.txt); is it readAt? %v", name, key, a.URL, err)
				continue
			}
			used[address.Host] = true
		}
	}
	for _, host := range official {
		if !used[host] {
			t.Errorf("official host %s is not the host of any act", host)
		}
	}
}

func TestReadAtIsAnotherPage(t *testing.T) {
	for name, acts := range readActsByFile(t) {
		for key, a := range acts {
			if a.ReadAt != "" && a.ReadAt == a.URL {
				t.Errorf("%s: act %s: readAt repeats url", name, key)
			}
		}
	}
	for _, l := range readBuiltInLaws(t) {
		for _, p := range l.Points {
			if p.ReadAt != "" && p.ReadAt == p.URL {
				t.Errorf("%s: %s, %s %s: readAt repeats the url of the act", l.Code, p.Dimension, p.Act, p.Article)
			}
		}
	}
}

func TestReadAt(t *testing.T) {
	own, inherited := "https://law.example/copy", "https://law.example/digest"
	for name, test := range map[string]struct {
		point law.Point
		want  string
	}{
		"a page of its own":                       {law.Point{Confidence: "sourced", ReadAt: own}, own},
		"the page of its act":                     {law.Point{Confidence: "sourced"}, inherited},
		"a number of ours, where its duty was":    {law.Point{Confidence: "default"}, inherited},
		"a recalled value was not read":           {law.Point{Confidence: "recalled"}, ""},
		"a recalled value with a page of its own": {law.Point{Confidence: "recalled", ReadAt: own}, own},
	} {
		t.Run(name, func(t *testing.T) {
			if got := findReadAt(&test.point, law.Act{ReadAt: inherited}); got != test.want {
				t.Errorf("readAt = %q, want %q", got, test.want)
			}
		})
	}
}

func readOfficialHosts(t *testing.T) []string {
	t.Helper()
	content, err := fs.ReadFile(openPolicies(), "schema/official-hosts.txt")
	if err != nil {
		t.Fatal(err)
	}
	var hosts []string
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			hosts = append(hosts, line)
		}
	}
	if !slices.IsSorted(hosts) {
		t.Error("official-hosts.txt is not sorted")
	}
	return hosts
}

// readActsByFile returns the acts of every file of the built-in law, by its kind and code.
func readActsByFile(t *testing.T) map[string]map[string]law.Act {
	t.Helper()
	data := readLaw(t)
	acts := map[string]map[string]law.Act{}
	for kind, documents := range map[string]map[string]law.Document{"jurisdiction": data.Jurisdictions, "sector": data.Sectors} {
		for code, d := range documents {
			acts[kind+" "+code] = d.Acts
		}
	}
	return acts
}

func readBuiltInLaws(t *testing.T) []Law {
	t.Helper()
	return readCatalogue(t).Laws
}
