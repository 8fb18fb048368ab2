package main

import (
	"flag"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUpstreams(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
		bad  bool
	}{
		"none":                       {},
		"two ports":                  {args: []string{"--upstream", "http=8080", "--upstream", "chat=65535"}, want: "chat=65535,http=8080"},
		"the same twice: refused":    {args: []string{"--upstream", "http=8080", "--upstream", "http=8081"}, bad: true},
		"no number: refused":         {args: []string{"--upstream", "http=web"}, bad: true},
		"no name: refused":           {args: []string{"--upstream", "=8080"}, bad: true},
		"no equals sign: refused":    {args: []string{"--upstream", "8080"}, bad: true},
		"port 0: refused":            {args: []string{"--upstream", "http=0"}, bad: true},
		"port 65536: refused":        {args: []string{"--upstream", "http=65536"}, bad: true},
		"a negative number: refused": {args: []string{"--upstream", "http=-1"}, bad: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			flags := flag.NewFlagSet("sidecar", flag.ContinueOnError)
			flags.SetOutput(io.Discard)
			got := upstreams{}
			flags.Var(got, "upstream", "")
			if err := flags.Parse(c.args); (err != nil) != c.bad {
				t.Fatalf("error %v, want one: %v", err, c.bad)
			}
			if c.bad {
				return
			}
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Errorf("flag (-want +got):\n%s", diff)
			}
		})
	}
}
