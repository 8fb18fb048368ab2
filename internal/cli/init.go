package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/starter"
)

const initHelp = `Write the smallest ChatbotDeployment that passes for the given jurisdictions and sectors. It declares only what people have to
answer: the sidecar is configured with the rest of what the law requires.

It says which three facts that you may state besides would decide most.

The values are those of a support chatbot of a small shop. They show which questions the law asks. Replace each value with
what is true of your chatbot.

With --from, it fills in the blanks of drafts that "kubectl chaperone assess -o draft" has written. On a terminal it asks about each blank, and
then about what the law of the places requires besides. Elsewhere --set answers; init lists all questions that are left at once, each with what
it means, what it takes and an example, and the command with all of them. The declarations are written only when they pass.

An answer of --set is FIELD=VALUE, with the field below spec and the value in YAML; a list of texts can be written as "a, b". It is set in each
draft of the file; DRAFT:FIELD=VALUE is set in one, and goes before an answer for all. An index, as in ports[0].shape, needs the name of the
draft if several have the field.

Exit code: 0 the declaration is written; 1 no declaration passes; 2 bad input, or a question is not answered.`

const initExamples = `  # What does a chatbot for the European Union have to declare?
  kubectl chaperone init --jurisdiction eu

  # One for a travel agency that also serves California
  kubectl chaperone init --jurisdiction eu,us-ca --sector travel > chatbot.yaml
  kubectl chaperone check chatbot.yaml

  # Fill in the draft of a chatbot that runs already
  kubectl chaperone init --from draft.yaml > chatbot.yaml
  kubectl chaperone init --from draft.yaml --jurisdiction eu --set channels=web,voice --set 'processors[].country=AT'

  # One answer for one of several drafts
  kubectl chaperone init --from draft.yaml --set 'bot:ports[0].shape=n8n-chat'`

// defaultName is the name of the declaration that init writes.
const defaultName = "support"

type initialize struct {
	options                Options
	jurisdictions, sectors []string
	name, asOf             string
	// from is the file with the draft declarations, whose blanks are to be filled in. answers are the values of --set, FIELD=VALUE, for blanks.
	from    string
	answers []string
}

func newInit(o Options) *cobra.Command {
	i := &initialize{options: o}
	cmd := &cobra.Command{
		Use:     "init {--jurisdiction CODE [--sector CODE] | --from FILE}",
		Short:   "Write the smallest declaration for given places, or fill in a draft",
		Long:    initHelp,
		Example: initExamples,
		Args:    takesNoArguments("name places with --jurisdiction CODE"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return i.run(cmd.Context()) },
	}
	cmd.Flags().StringSliceVar(&i.jurisdictions, "jurisdiction", nil, "code of a place where customers are (eu, us-ca, …); several with commas, or repeated")
	cmd.Flags().StringSliceVar(&i.sectors, "sector", nil, "code of a sector (retail, health, …); several with commas, or repeated")
	cmd.Flags().StringVar(&i.name, "name", defaultName, "name of the declaration")
	cmd.Flags().StringVar(&i.from, "from", "", `file with drafts to fill in, or "-" for standard input`)
	cmd.Flags().StringArrayVar(&i.answers, "set", nil, "with --from: FIELD=VALUE or DRAFT:FIELD=VALUE, the field below spec and the value in YAML; "+
		"empty removes the field; [] stands for each item that lacks the field; the index after the last adds an item; repeated")
	addAsOf(cmd, &i.asOf)
	return cmd
}

// maxName is the largest number of characters in the name of a ChatbotDeployment. The validation of the kind has the same number.
const maxName = 52

// checkName returns an error if an API server would refuse the name of a ChatbotDeployment.
func checkName(name string) error {
	problems := validation.IsDNS1123Label(name)
	if len(name) > maxName {
		problems = append(problems, fmt.Sprintf("must be no more than %d characters", maxName))
	}
	if len(problems) > 0 {
		return fmt.Errorf("--name is %q: %s", name, strings.Join(problems, "; "))
	}
	return nil
}

// run writes the smallest declaration that passes for the places of the flags, on the day of --as-of.
func (i *initialize) run(ctx context.Context) error {
	day, err := readDay(i.options, i.asOf)
	if err != nil {
		return err
	}
	if i.from != "" {
		return i.withSearcher(ctx, day, func(s *starter.Searcher) error { return i.fill(ctx, s) })
	}
	if len(i.answers) > 0 {
		return errors.New("--set is given without --from: name the file with the draft")
	}
	if len(i.jurisdictions) == 0 {
		return errors.New("no jurisdiction is given: name where the customers are, such as --jurisdiction eu")
	}
	jurisdictions, sectors, err := readPlaceFlags(i.options.Policies, i.jurisdictions, i.sectors)
	if err != nil {
		return err
	}
	if err := checkName(i.name); err != nil {
		return err
	}
	return i.withSearcher(ctx, day, func(s *starter.Searcher) error {
		done := i.options.showProgress("Trying what can be left out for " + strings.Join(slices.Concat(jurisdictions, sectors), ", "))
		found, err := s.Find(ctx, i.name, starter.Places{Jurisdictions: jurisdictions, Sectors: sectors})
		done()
		if err != nil {
			return &noDecisionError{err}
		}
		_, err = fmt.Fprint(i.options.Out, formatInit(found))
		return wrapWriteError(err)
	})
}

// withSearcher calls use with a searcher for the day: a declaration passes if the validator accepts it, as an API server would, and the
// engine allows it.
func (i *initialize) withSearcher(ctx context.Context, day time.Time, use func(*starter.Searcher) error) error {
	validator, err := schema.New(i.options.Definitions...)
	if err != nil {
		return &noDecisionError{err}
	}
	engine, closeEngine, err := i.options.openEngine(ctx)
	if err != nil {
		return err
	}
	defer closeEngine()
	return use(starter.New(engine, validator, i.options.Policies, day))
}

// formatInit returns the text that init writes: the declaration, after comments that say for which places it is, what to do next, and
// which warnings it leaves.
func formatInit(d *starter.Declaration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The smallest declaration of a support chatbot that passes on %s for %s.\n", d.Verdict.AsOf, strings.Join(d.Titles(), ", "))
	b.WriteString("# Replace each value with what is true of your chatbot, then run `kubectl chaperone check FILE`.\n")
	if facts := report.DescribeUnstated(d.Open); facts != "" {
		b.WriteString("# Which laws apply turns on facts. " + facts + "\n")
	}
	if rules := d.Verdict.Rules(); len(rules) > 0 {
		b.WriteString("# It leaves these warnings; `kubectl chaperone explain RULE` explains each:\n")
		for _, rule := range rules {
			b.WriteString("# - " + rule + "\n")
		}
	}
	return b.String() + d.String()
}
