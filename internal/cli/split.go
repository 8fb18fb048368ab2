package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
)

const splitHelp = `Propose several declarations to replace one whose jurisdictions or sectors conflict: no single declaration can meet the laws of
all of them. The search tries the largest groups of codes first, in the order in which they are declared, and shows only
proposals without a conflict. The proposals are written as YAML, each with the decision about it: a proposal can still lack
what only its author knows, such as a processor in a country to which its data may go; comments say what is still refused, and why.
Each has its own name and selector: give the pods of each proposal the labels that its selector requires.

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
	splitter := newSplitter(o, in.session)
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
			if err := splitter.writeProposals(ctx, object, verdict); err != nil {
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

// splitter writes the proposals for the declarations of an input.
type splitter struct {
	options Options
	session *session
	// jurisdictions and sectors return all codes of the legal data. They read the names once, when a proposal needs them.
	jurisdictions, sectors func() []code
}

func newSplitter(o Options, s *session) *splitter {
	return &splitter{
		options: o, session: s,
		jurisdictions: sync.OnceValue(func() []code { return listCodes(o.Policies, jurisdictionsFolder) }),
		sectors:       sync.OnceValue(func() []code { return listCodes(o.Policies, sectorsFolder) }),
	}
}

// proposal is one of the declarations that are to replace another one, with the decision about it.
type proposal struct {
	declaration *v1alpha1.ChatbotDeployment
	verdict     policy.Verdict
}

// writeProposals writes the proposals that are to replace an object as YAML documents, each with the decision about it, after comments that say
// what the split resolves and what to do next. The documents have no status and no creationTimestamp, because a user does not apply these
// fields.
func (s *splitter) writeProposals(ctx context.Context, replaced manifest.Object, verdict policy.Verdict) error {
	var proposals []proposal
	for _, declaration := range verdict.Split {
		object := replaced
		object.Name, object.Declaration = declaration.Name, declaration
		decided, err := s.session.reviewDeclaration(ctx, object)
		if err != nil {
			return err
		}
		proposals = append(proposals, proposal{declaration, decided})
	}
	var out strings.Builder
	out.WriteString(describeSplit(replaced, verdict, proposals))
	for i, p := range proposals {
		text, err := formatDeclaration(p.declaration)
		if err != nil {
			return err
		}
		comment(&out, fmt.Sprintf("Proposal %d of %d, to replace %s: %s.", i+1, len(proposals), replaced, s.describeServed(&p.declaration.Spec)))
		out.WriteString(describeDecision(p.verdict) + text + "---\n")
	}
	_, err := fmt.Fprint(s.options.Out, out.String())
	return err
}

// formatDeclaration returns a declaration as YAML, as a user applies it.
func formatDeclaration(declaration *v1alpha1.ChatbotDeployment) (string, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(declaration)
	if err != nil {
		return "", err
	}
	delete(content, "status")
	if metadata, ok := content["metadata"].(map[string]any); ok {
		delete(metadata, "creationTimestamp")
	}
	text, err := yaml.Marshal(content)
	return string(text), err
}

// describeSplit says in comments what no single declaration can meet, and what to do with the proposals.
func describeSplit(replaced manifest.Object, verdict policy.Verdict, proposals []proposal) string {
	var out strings.Builder
	isDenied := func(rule string) bool {
		return slices.ContainsFunc(proposals, func(p proposal) bool {
			return slices.ContainsFunc(p.verdict.Findings, func(f policy.Finding) bool { return f.Rule == rule && f.Action == policy.ActionDeny })
		})
	}
	resolved := slices.DeleteFunc(slices.Clone(verdict.Findings), func(f policy.Finding) bool { return f.Action != policy.ActionDeny || isDenied(f.Rule) })
	resolves := "."
	if len(resolved) > 0 {
		resolves = ", and resolve:"
	}
	comment(&out, fmt.Sprintf("No single declaration meets all laws of %s. %d have no such conflict%s", replaced, len(proposals), resolves))
	for _, f := range resolved {
		comment(&out, "- "+report.Sentence(f))
	}
	refused := 0
	for _, p := range proposals {
		if p.verdict.Refuses() {
			refused++
		}
	}
	comment(&out, "Next: save this to a file, give the pods of each proposal the labels of its spec.selector, let each have only the people of its places, and run")
	next := "kubectl chaperone check FILE"
	if refused > 0 {
		next += " --explain"
	}
	out.WriteString("#   " + next + "\n")
	if refused > 0 {
		comment(&out, fmt.Sprintf("%d of %d proposals are still refused, for reasons that no split resolves; each is below, and --explain says what helps.", refused, len(proposals)))
	}
	return out.String() + "\n"
}

// describeServed says which places and sectors a declaration is about.
func (s *splitter) describeServed(spec *v1alpha1.ChatbotDeploymentSpec) string {
	text := "for people in " + nameCodes(s.jurisdictions(), spec.Jurisdictions)
	if len(spec.Sectors) > 0 {
		text += "; sectors " + nameCodes(s.sectors(), spec.Sectors)
	}
	return text
}

// nameCodes returns the codes with their names, where they are known.
func nameCodes(known []code, stated []v1alpha1.Code) string {
	var texts []string
	for _, one := range stated {
		named := code{code: string(one)}
		if i := slices.IndexFunc(known, func(c code) bool { return strings.EqualFold(c.code, named.code) }); i >= 0 {
			named = known[i]
		}
		texts = append(texts, named.String())
	}
	return strings.Join(texts, ", ")
}

// describeDecision says in comments what was decided about a proposal, and why it is still refused or warned about.
func describeDecision(verdict policy.Verdict) string {
	var out strings.Builder
	comment(&out, fmt.Sprintf("Decided by itself, as of %s: %s.", verdict.AsOf, verdict.Outcome))
	for _, action := range []policy.Action{policy.ActionDeny, policy.ActionWarn} {
		for _, f := range verdict.Findings {
			if f.Action == action {
				comment(&out, fmt.Sprintf("%s: %s %s", action, report.Sentence(f), report.Plain(f.Remedy, maxErrorRunes)))
			}
		}
	}
	return out.String()
}

// comment writes a text as comment lines.
func comment(out *strings.Builder, text string) {
	var lines strings.Builder
	report.WriteParagraph(&lines, "", text)
	for line := range strings.Lines(lines.String()) {
		out.WriteString("# " + line)
	}
}
