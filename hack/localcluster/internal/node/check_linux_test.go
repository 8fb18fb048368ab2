package node

import (
	"strings"
	"testing"
)

func TestKernelThatIsTooOldIsNamed(t *testing.T) {
	for name, test := range map[string]struct{ release, want string }{
		"older major: named with what is wanted": {"4.19.0-27-amd64", "kernel 4.19.0-27-amd64 is too old"},
		"older minor: named with what is wanted": {"5.10.0", "5.13 or newer"},
		"the oldest: fine":                       {"5.13.0", ""},
		"newer minor: fine":                      {"5.15.1-generic", ""},
		"newer major: fine":                      {"6.1.0-39-cloud", ""},
		"not a release: says so":                 {"unknown", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, kernelProblem(test.release), test.want) })
	}
}

func TestFolderThatTheNodeCoversIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ folder, want string }{
		"below /var: says which":     {"/var/tmp/x", "/var/tmp/x is below /var"},
		"/run itself: says which":    {"/run", "is below /run"},
		"a like name: fine":          {"/variety", ""},
		"below a home folder: fine":  {"/home/x/bin", ""},
		"below another /var: fine":   {"/srv/var", ""},
		"below /tmp, as tests: fine": {"/tmp/x", ""},
	} {
		t.Run(name, func(t *testing.T) { expect(t, folderProblem(test.folder), test.want) })
	}
}

// expect compares an error with a text that must be in it; empty means no error.
func expect(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want %q in it", err, want)
	}
}
