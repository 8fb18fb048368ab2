package sidecarconfig_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func TestWithUpstreams(t *testing.T) {
	file := sidecarconfig.Config{Ports: []sidecarconfig.Port{{Name: "http"}, {Name: "chat", Upstream: "http://127.0.0.1:9000"}}}
	cases := map[string]struct {
		numbers map[string]int32
		want    []string
		without []string
		err     string
	}{
		"the argument fills an empty one": {numbers: map[string]int32{"http": 8080}, want: []string{"http://127.0.0.1:8080", "http://127.0.0.1:9000"}},
		"the argument wins over the file": {numbers: map[string]int32{"http": 1, "chat": 65535}, want: []string{"http://127.0.0.1:1", "http://127.0.0.1:65535"}},
		"a name that is gone is ignored":  {numbers: map[string]int32{"http": 8080, "old": 1}, want: []string{"http://127.0.0.1:8080", "http://127.0.0.1:9000"}},
		"neither argument nor file: left out": {
			numbers: map[string]int32{"chat": 8080}, want: []string{"http://127.0.0.1:8080"}, without: []string{"http"},
		},
		"a number above the largest port":  {numbers: map[string]int32{"http": 65536}, err: "ports[0].upstream is 65536, want 1 to 65535"},
		"a number below the smallest port": {numbers: map[string]int32{"http": 0}, err: "ports[0].upstream is 0, want 1 to 65535"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, left, err := file.WithUpstreams(c.numbers)
			if (c.err == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), c.err)) {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			var upstreams []string
			for _, port := range got.Ports {
				upstreams = append(upstreams, port.Upstream)
			}
			if diff := cmp.Diff(c.want, upstreams); diff != "" {
				t.Errorf("upstreams (-want +got):\n%s", diff)
			}
			var without []string
			for _, port := range left {
				without = append(without, port.Name)
			}
			if diff := cmp.Diff(c.without, without); diff != "" {
				t.Errorf("ports without an upstream (-want +got):\n%s", diff)
			}
			if file.Ports[0].Upstream != "" {
				t.Error("the configuration that was passed in changed")
			}
		})
	}
}
