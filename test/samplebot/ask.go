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
	// defaultTimeout bounds one exchange.
	defaultTimeout = 10 * time.Second
	// probeTimeout is a kubelet's own default for probes.
	probeTimeout = time.Second
)

// headers is the repeatable flag --header "Key: value".
type headers http.Header

// String is empty: headers have no default.
func (h headers) String() string { return "" }

// Set adds one header.
func (h headers) Set(text string) error {
	key, value, found := strings.Cut(text, ":")
	if !found || key == "" {
		return fmt.Errorf("%q is not Key: value", text)
	}
	http.Header(h).Add(key, strings.TrimSpace(value))
	return nil
}

// clientFlags are the flags of all commands that send a request.
func clientFlags(name string, timeout time.Duration) (*flag.FlagSet, *client.Request) {
	r := &client.Request{Header: http.Header{}}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.DurationVar(&r.Timeout, "timeout", timeout, "how long the whole exchange may take")
	flags.Var(headers(r.Header), "header", `header "Key: value"; repeated for each`)
	return flags, r
}

// get is the command "get".
func get(ctx context.Context, args []string, out io.Writer) error {
	flags, r := clientFlags("get", defaultTimeout)
	flags.Func("post", "POST this text, or the content of a file as @FILE, instead of GET", func(value string) error {
		r.Method = http.MethodPost
		var err error
		r.Body, err = literal(value)
		return err
	})
	if err := parse(flags, args, 1); err != nil {
		return err
	}
	r.URL = flags.Arg(0)
	return client.Print(ctx, *r, out)
}

// literal is a text itself, or the content of the file that it names behind an @.
func literal(value string) ([]byte, error) {
	if name, isFile := strings.CutPrefix(value, "@"); isFile {
		return os.ReadFile(name)
	}
	return []byte(value), nil
}

// healthy is the command "healthy".
func healthy(ctx context.Context, args []string, _ io.Writer) error {
	flags, r := clientFlags("healthy", probeTimeout)
	if err := parse(flags, args, 1); err != nil {
		return err
	}
	r.URL = flags.Arg(0)
	if err := client.Print(ctx, *r, io.Discard); err != nil {
		// The kind of the error is left behind: a probe knows healthy and not, nothing else.
		return errors.New("not healthy: " + err.Error())
	}
	return nil
}

// ask is the command "ask".
func ask(ctx context.Context, args []string, out io.Writer) error {
	flags, r := clientFlags("ask", defaultTimeout)
	if err := parse(flags, args, 2); err != nil {
		return err
	}
	r.URL = flags.Arg(0)
	return client.Ask(ctx, *r, flags.Arg(1), out)
}
