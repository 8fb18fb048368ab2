package main

import (
	"errors"
	"testing"
)

func TestFindPod(t *testing.T) {
	for name, c := range map[string]struct {
		service, host string
		err           error
		want          string
	}{
		"in a cluster":                 {"10.0.0.1", "support-7d9c6b5f4d-x2x7q", nil, "support-7d9c6b5f4d-x2x7q"},
		"on a person's machine":        {"", "adas-laptop", nil, ""},
		"in a cluster, without a name": {"10.0.0.1", "", errors.New("no name"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			getenv := func(variable string) string {
				return map[string]string{"KUBERNETES_SERVICE_HOST": c.service}[variable]
			}
			if got := findPod(getenv, func() (string, error) { return c.host, c.err }); got != c.want {
				t.Errorf("pod %q, want %q", got, c.want)
			}
		})
	}
}
