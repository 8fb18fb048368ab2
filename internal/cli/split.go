package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

const splitHelp = `Propose several declarations to replace one whose jurisdictions or sectors conflict: no single declaration can meet the laws of
all of them. The search tries the largest groups of codes first, in the order in which they are declared, and shows only
proposals without a conflict. The proposals are written as YAML, each with the decision about it: a proposal can still lack
what only its author knows, such as a processor in a country to which its data may go. Each has its own name and selector:
give the pods of each proposal the labels that its selector requires.

Exit code: 0 no declaration has a conflict, or proposals were written; 1 a conflict has no split; 2 bad input, or no declaration.`

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

// runSplit writes the proposals for each declaration of the input that has a conflict. If the input has problems, runSplit
// writes no proposals and returns the problems. Otherwise, the error joins the conflicts that no split resolves.
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
	if !slices.ContainsFunc(in.objects, func(o manifest.Object) bool { return o.Declaration != nil }) {
		return errors.New("no ChatbotDeployment is in the input, so there is nothing to split: name the files with the declarations")
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
			if err := writeProposals(ctx, o, in.session, object, verdict.Split); err != nil {
				return &noDecisionError{err}
			}
		case verdict.HasConflict:
			unresolved = append(unresolved, fmt.Errorf("%s has a conflict that no split of its jurisdictions and sectors resolves: kubectl chaperone check says which", object))
		default:
			_, _ = fmt.Fprintf(o.Err, "note: %s has no conflict that a split would resolve\n", object)
		}
	}
	if len(unresolved) > 0 { // The input is not wrong, so the exit code is that of a refusal.
		return &noDecisionError{errors.Join(unresolved...)}
	}
	return nil
}

// writeProposals writes the proposals that are to replace an object as YAML documents, each with the decision about it. The documents have
// no status and no creationTimestamp, because a user does not apply these fields.
func writeProposals(
	ctx context.Context, o Options, decide *session, replaced manifest.Object, proposals []*v1alpha1.ChatbotDeployment,
) error {
	for _, proposal := range proposals {
		object := replaced
		object.Name, object.Declaration = proposal.Name, proposal
		verdict, err := decide.reviewDeclaration(ctx, object)
		if err != nil {
			return err
		}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(proposal)
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
		if _, err := fmt.Fprintf(o.Out, "# Proposed to replace %s.\n%s%s---\n", replaced, describeProposal(verdict), text); err != nil {
			return err
		}
	}
	return nil
}

// describeProposal says in comments what was decided about a proposal, and which rules still refuse it or warn.
func describeProposal(verdict policy.Verdict) string {
	lines := []string{fmt.Sprintf("# Decided by itself, as of %s: %s.\n", verdict.AsOf, verdict.Outcome)}
	for _, action := range []policy.Action{policy.ActionDeny, policy.ActionWarn} {
		for _, f := range verdict.Findings {
			if f.Action == action {
				lines = append(lines, fmt.Sprintf("# %s: %s (%s)\n", action, f.Field, f.Rule))
			}
		}
	}
	return strings.Join(lines, "")
}
