package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/chaperone-dev/chaperone/internal/rulebook"
)

const explainHelp = `Explain a rule: what it requires and of whom, what to do about a finding, examples that fail and pass, and what the law
of each place and sector says, with its sources. Without a RULE, list all rules.

A RULE is the name in parentheses in findings, such as retention.justifyAbove.`

const explainExamples = `  # Which rules are there?
  kubectl chaperone explain

  # What is behind a finding?
  kubectl chaperone explain retention.justifyAbove

  # The same for customers in Germany and California
  kubectl chaperone explain retention.justifyAbove --jurisdiction de,us-ca`

type explain struct {
	options       Options
	output        string
	jurisdictions []string
	sectors       []string
}

func newExplain(o Options) *cobra.Command {
	e := &explain{options: o}
	cmd := &cobra.Command{
		Use:     "explain [RULE]",
		Short:   "Explain a rule: its law, its sources, and examples",
		Long:    explainHelp,
		Example: explainExamples,
		Args:    takesAtMostOneRule,
		RunE:    func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), args) },
	}
	cmd.Flags().StringVarP(&e.output, "output", "o", "text", "format of the page: text or markdown")
	cmd.Flags().StringSliceVar(&e.jurisdictions, "jurisdiction", nil, "show only the law of these jurisdictions and of those that they are part of; text only")
	cmd.Flags().StringSliceVar(&e.sectors, "sector", nil, "show only the law of these sectors; text only")
	return cmd
}

func takesAtMostOneRule(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%d rules are given: name one, or none to list all rules", len(args))
	}
	return nil
}

// run writes the page of the rule that args names, or the list of all rules if args is empty.
func (e *explain) run(ctx context.Context, args []string) error {
	if e.output != "text" && e.output != "markdown" {
		return fmt.Errorf("--output is %q: use text or markdown", e.output)
	}
	jurisdictions, sectors, err := readPlaceFlags(e.options.Policies, e.jurisdictions, e.sectors)
	if err != nil {
		return err
	}
	book, err := rulebook.New(ctx, e.options.Policies, e.options.Cases)
	if err != nil {
		return &noDecisionError{err}
	}
	text := book.FormatList()
	if len(args) > 0 {
		if text, err = e.format(book, args[0], slices.Concat(jurisdictions, sectors)); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(e.options.Out, text); err != nil {
		return &noDecisionError{err}
	}
	return nil
}

// format returns the page of a rule in the requested format. codes limits the law on a page of text, but not on a page of Markdown, which
// shows the law of all places.
func (e *explain) format(book *rulebook.Book, rule string, codes []string) (string, error) {
	var text string
	var exists bool
	if e.output == "markdown" {
		text, exists = book.FormatMarkdown(rule)
	} else {
		text, exists = book.Format(rule, codes)
	}
	if exists {
		return text, nil
	}
	var rules []code
	for _, id := range book.List() {
		rules = append(rules, code{code: id})
	}
	return "", fmt.Errorf("there is no rule %q: did you mean %s? `kubectl chaperone explain` lists all rules",
		rule, joinAlternatives(findNearest(rule, rules)))
}
