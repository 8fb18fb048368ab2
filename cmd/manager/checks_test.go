package main

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/go-logr/logr/funcr"
)

// Probes come every few seconds, so a check is logged only when its result changes.
func TestReasonsForNotBeingReadyAreLogged(t *testing.T) {
	var lines []string
	log := funcr.New(func(_, line string) { lines = append(lines, line) }, funcr.Options{})
	var result error
	check := reportChanges(log, func(*http.Request) error { return result })
	for _, result = range []error{nil, errors.New("no keys"), errors.New("no keys"), errors.New("no certificate"), nil, nil} {
		if got := check(nil); !errors.Is(got, result) {
			t.Errorf("got %v, want %v", got, result)
		}
	}
	want := []string{
		`"level"=0 "msg"="Not ready" "reason"="no keys"`, `"level"=0 "msg"="Not ready" "reason"="no certificate"`, `"level"=0 "msg"="Ready"`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("lines:\ngot  %q\nwant %q", lines, want)
	}
}
