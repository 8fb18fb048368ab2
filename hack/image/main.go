// Command image makes the project's container images without a container runtime: it reads the targets of the Dockerfiles,
// builds their programs with the go command, and writes each image as an archive that `ctr -n k8s.io images import` takes. It
// pushes nothing and asks no registry.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/chaperone-dev/chaperone/hack/image/internal/stage"
)

const usage = `usage: image --out DIR [options] [TARGET...]

Makes the images of the targets, all of them when none is named, and prints for each its name by digest and its archive.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// options are the flags and arguments of the program.
type options struct {
	out, root, programs, architecture string
	prefix, tag                       string
	labels                            map[string]string
	json                              bool
	targets                           []string
}

func parseOptions(args []string) (options, error) {
	o := options{labels: map[string]string{}}
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage); flags.PrintDefaults() }
	flags.StringVar(&o.out, "out", "", "folder of the archives; made when missing")
	flags.StringVar(&o.root, "root", ".", "the repository: the build context, with its Dockerfiles")
	flags.StringVar(&o.programs, "bin", "", "folder of programs that are already built, by name; empty builds them")
	flags.StringVar(&o.architecture, "arch", runtime.GOARCH, "architecture of the programs, as GOARCH names it")
	flags.StringVar(&o.prefix, "prefix", "local.test/chaperone", "prefix of the names of the images; the target follows")
	flags.StringVar(&o.tag, "tag", "dev", "tag of the images")
	flags.Func("label", "KEY=VALUE, a label in addition to those of the Dockerfile, such as a release; repeatable", func(text string) error {
		key, value, found := strings.Cut(text, "=")
		if !found || key == "" {
			return errors.New("want KEY=VALUE")
		}
		o.labels[key] = value
		return nil
	})
	flags.BoolVar(&o.json, "json", false, "print one JSON object for each image")
	if err := flags.Parse(args); err != nil {
		return o, fmt.Errorf("parse flags: %w", err)
	}
	o.targets = flags.Args()
	if o.out == "" {
		return o, errors.New("--out is needed: the folder that the archives go to")
	}
	if known := stage.Architectures(); !slices.Contains(known, o.architecture) {
		return o, fmt.Errorf("--arch is %q; it is one of %q", o.architecture, known)
	}
	var err error
	if o.root, err = filepath.Abs(o.root); err != nil {
		return o, fmt.Errorf("find --root: %w", err)
	}
	return o, nil
}

// run makes the images that the arguments name, and prints each of them to out.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	recipes, err := readRecipes(o)
	if err != nil {
		return err
	}
	targets, err := recipes.choose(o.targets)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "chaperone-image-")
	if err != nil {
		return fmt.Errorf("make work folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	workshop := newWorkshop(o, work)
	for _, t := range targets {
		made, err := workshop.make(ctx, t)
		if err != nil {
			return fmt.Errorf("target %s: %w", t.target.Name, err)
		}
		if err := printImage(out, made, o.json); err != nil {
			return err
		}
	}
	return nil
}

// printImage prints an image on one line, as text or as JSON.
func printImage(out io.Writer, made image, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(made)
	}
	_, err := fmt.Fprintf(out, "%s  %s\n", made.Reference, made.Archive)
	return err
}
