package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/closest"
	"github.com/chaperone-dev/chaperone/internal/product"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

const shapesHelp = `List the wire formats that Chaperone brings, which a ChatbotDeployment names in spec.ports[].shape and
spec.processors[].shape. With a NAME, print the shape as a ChatShape to start from: rename it, change it and its examples, and
try it with "check".`

const shapesExamples = `  # Which shapes are there?
  kubectl chaperone shapes

  # A shape of one's own, from a preset
  kubectl chaperone shapes ollama-chat > shape.yaml
  kubectl chaperone check shape.yaml`

// maxProducts is the number of products that a line of the list names.
const maxProducts = 4

func newShapes(o Options) *cobra.Command {
	return &cobra.Command{
		Use:     "shapes [NAME]",
		Short:   "List the wire formats that Chaperone brings, or print one to start from",
		Long:    shapesHelp,
		Example: shapesExamples,
		RunE: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return writeShapes(o)
			case 1:
				return writeShape(o, args[0])
			}
			return errors.New("only one NAME is expected: print one shape at a time")
		},
	}
}

// writeShapes writes the list of presets.
func writeShapes(o Options) error {
	presets, err := shape.Presets()
	if err != nil {
		return &noDecisionError{err}
	}
	w := tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', 0)
	lines := []string{"NAME\tREVISION\tSIDES\tPRODUCTS"}
	for _, s := range presets {
		chatbots, servers := product.ListSpeakers(s.Name)
		lines = append(lines, strings.Join([]string{s.Name, strconv.Itoa(s.Revision), formatSides(s), formatProducts(s, chatbots, servers)}, "\t"))
	}
	if _, err := fmt.Fprintln(w, strings.Join(lines, "\n")); err != nil {
		return &noDecisionError{err}
	}
	if err := w.Flush(); err != nil {
		return &noDecisionError{err}
	}
	return nil
}

// formatSides says who speaks the shape: customers with the chatbot, the chatbot with its model, or both.
func formatSides(s *shape.Shape) string {
	switch s.Side {
	case shape.SidePorts:
		return "customer"
	case shape.SideProcessors:
		return "model"
	}
	return "customer,model"
}

// formatProducts returns the products that speak a shape; without any, what the shape says about itself.
func formatProducts(s *shape.Shape, chatbots, servers []string) string {
	all := slices.Concat(chatbots, servers)
	if len(all) == 0 {
		return s.Title
	}
	if more := len(all) - maxProducts; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:maxProducts], ", "), more)
	}
	return strings.Join(all, ", ")
}

// writeShape writes a preset as a ChatShape.
func writeShape(o Options, name string) error {
	names, err := shape.Documents(nil).ListNames()
	if err != nil {
		return &noDecisionError{err}
	}
	if !slices.Contains(names, name) {
		offered := closest.Find(name, names)
		if len(offered) == 0 {
			offered = names
		}
		return fmt.Errorf("there is no shape %q: use one of %s", name, strings.Join(offered, ", "))
	}
	document, err := shape.ReadPreset(name)
	if err != nil {
		return &noDecisionError{err}
	}
	lines := []string{"apiVersion: " + v1alpha1.GroupVersion.String(), "kind: ChatShape", "metadata: {name: own-" + name + "}", "spec:"}
	for line := range strings.Lines(string(document)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "shape:"): // metadata.name is the name.
		case line == "":
			lines = append(lines, "")
		default:
			lines = append(lines, "  "+line)
		}
	}
	if _, err := fmt.Fprintln(o.Out, strings.Join(lines, "\n")); err != nil {
		return &noDecisionError{err}
	}
	return nil
}
