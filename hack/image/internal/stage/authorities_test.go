package stage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAuthorities(t *testing.T) {
	folder := t.TempDir()
	first, second := filepath.Join(folder, "first.pem"), filepath.Join(folder, "second.pem")
	if err := os.WriteFile(second, []byte("made up"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := readFirst([]string{first, second}); err != nil || string(got) != "made up" {
		t.Errorf("the second place: %q, %v", got, err)
	}
	if _, err := readFirst([]string{first}); err == nil || !strings.Contains(err.Error(), "install the package ca-certificates") {
		t.Errorf("none: %v, want one that says what to install", err)
	}
	t.Setenv(authoritiesVariable, second)
	if got, err := readAuthorities(); err != nil || string(got) != "made up" {
		t.Errorf("the user's own: %q, %v", got, err)
	}
	t.Setenv(authoritiesVariable, first)
	if _, err := readAuthorities(); err == nil {
		t.Error("the user's own that is not there: another is taken")
	}
}
