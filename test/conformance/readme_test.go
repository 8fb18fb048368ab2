package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The declaration that the README shows is the smallest one for the Union, without its comment.
func TestREADMEShowsTheSmallestSample(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile(filepath.Join(samples, smallest, "eu.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```yaml\n")
	shown, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("the README shows no declaration")
	}
	_, want, _ := strings.Cut(string(sample), "apiVersion:")
	if diff := cmp.Diff("apiVersion:"+want, shown); diff != "" {
		t.Errorf("declaration (-sample +README):\n%s", diff)
	}
}
