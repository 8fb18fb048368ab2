package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

const splitHelp = `Propose several declarations to replace one whose jurisdictions or sectors conflict, because no single declaration can meet
their laws together. The search tries the largest groups of codes first, in the order in which they are declared, and judges
each proposal before it shows it. The proposals are written as YAML. Each has its own name and selector: give the pods of
each part the labels that its selector asks for.

Exit code: 0 there is nothing to split, or proposals were written; 1 a conflict has no split; 2 bad input.`

func newSplit(o Options) *cobra.Command {
	var flags inputFlags
	cmd := &cobra.Command{
		Use:     "split FILE...",
		Short:   "Propose declarations without conflicts",
		Long:    splitHelp,
		Example: "  # Which chatbots would serve these places without a conflict?\n  kubectl chaperone split chatbot.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSplit(cmd.Context(), o, flags.withArguments(args))
		},
	}
	flags.addTo(cmd)
	return cmd
}

func runSplit(ctx context.Context, o Options, flags inputFlags) error {
	in, err := readInput(ctx, o, flags)
	if err != nil {
		return err
	}
	defer in.close()
	in.writeNotes(nil)
	if in.problems != nil {
		return in.problems
	}
	var unresolved []error
	for _, object := range in.objects {
		if object.Declaration == nil {
			continue
		}
		verdict, err := in.session.reviewDeclaration(ctx, object)
		if err != nil {
			return &noDecisionError{err}
		}
		switch {
		case len(verdict.Split) > 0:
			if err := writeParts(o, object.String(), verdict.Split); err != nil {
				return &noDecisionError{err}
			}
		case verdict.HasConflict:
			unresolved = append(unresolved, fmt.Errorf("%s has a conflict that no split of its jurisdictions and sectors resolves: kubectl chaperone check says which", object))
		default:
			_, _ = fmt.Fprintf(o.Err, "note: %s has no conflict that a split would resolve\n", object)
		}
	}
	if len(unresolved) > 0 {
		return &noDecisionError{errors.Join(unresolved...)}
	}
	return nil
}

// writeParts writes the proposals as YAML documents.
func writeParts[T runtime.Object](o Options, of string, parts []T) error {
	for _, part := range parts {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(part)
		if err != nil {
			return err
		}
		delete(content, "status")
		if metadata, ok := content["metadata"].(map[string]any); ok {
			delete(metadata, "creationTimestamp")
		}
		text, err := yaml.Marshal(content)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(o.Out, "# Proposed to replace %s.\n%s---\n", of, text); err != nil {
			return err
		}
	}
	return nil
}
