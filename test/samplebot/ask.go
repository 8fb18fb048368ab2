package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/test/samplebot/client"
)

const (
	// defaultTimeout bounds an exchange of the commands get and ask.
	defaultTimeout = 10 * time.Second
	// probeTimeout bounds an exchange of the command healthy. It is the default of the kubelet for probes.
	probeTimeout = time.Second
)

// headers is the repeatable flag --header "Key: value".
type headers http.Header

// String returns "": the flag has no default.
func (h headers) String() string { return "" }

// Set adds a header, given as "Key: value".
func (h headers) Set(text string) error {
	key, value, found := strings.Cut(text, ":")
	if !found || key == "" {
		return fmt.Errorf("%q is not Key: value", text)
	}
	http.Header(h).Add(key, strings.TrimSpace(value))
	return nil
}

// newClientFlags returns the flags of all commands that send a request.
func newClientFlags(name string, timeout time.Duration) (*flag.FlagSet, *client.Request) {
	r := &client.Request{Header: http.Header{}}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.DurationVar(&r.Timeout, "timeout", timeout, "how long the whole exchange can take")
	flags.Var(headers(r.Header), "header", `header "Key: value"; repeated for each`)
	return flags, r
}

// get runs the command "get".
func get(ctx context.Context, args []string, out io.Writer) error {
	flags, r := newClientFlags("get", defaultTimeout)
	flags.Func("post", "POST this text, or the content of a file as @FILE, instead of GET", func(value string) error {
		r.Method = http.MethodPost
		var err error
		r.Body, err = readBody(value)
		return err
	})
	if err := parse(flags, args, 1); err != nil {
		return err
	}
	r.URL = flags.Arg(0)
	return client.Print(ctx, *r, out)
}

// readBody returns the text, or the content of the file that it names after an @.
func readBody(value string) ([]byte, error) {
	if name, isFile := strings.CutPrefix(value, "@"); isFile {
		return os.ReadFile(name)
	}
	return []byte(value), nil
}

// checkHealth runs the command "healthy".
func checkHealth(ctx context.Context, args []string, _ io.Writer) error {
	flags, r := newClientFlags("healthy", probeTimeout)
	if err := parse(flags, args, 1); err != nil {
		return err
	}
	r.URL = flags.Arg(0)
	if err := client.Print(ctx, *r, io.Discard); err != nil {
		// Drop the type of the error: a probe distinguishes only healthy and not healthy.
		return errors.New("not healthy: " + err.Error())
	}
	return nil
}

// ask runs the command "ask".
func ask(ctx context.Context, args []string, out io.Writer) error {
	flags, r := newClientFlags("ask", defaultTimeout)
	if err := parse(flags, args, 2); err != nil {
		return err
	}
	r.URL = flags.Arg(0)
	return client.Ask(ctx, *r, flags.Arg(1), out)
}
