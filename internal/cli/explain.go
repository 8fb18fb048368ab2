package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/rulebook"
)

const explainHelp = `Explain a rule: what it requires and of whom, what to do about a finding, examples that fail and pass, and what the law
of each place and sector says, with its sources. Without a NAME, list all rules.

A NAME is a rule, as in parentheses in findings (retention.justifyAbove), a field of a declaration (spec.retention.transcriptDays, or
transcriptDays), a word that a field takes (a legal basis, a role, a class of records, a code of a place or a sector), or words by
which only one field is described ("kill switch").`

const explainExamples = `  # Which rules are there?
  kubectl chaperone explain

  # What is behind a finding?
  kubectl chaperone explain retention.justifyAbove

  # The same for customers in Germany and California
  kubectl chaperone explain retention.justifyAbove --jurisdiction de,us-ca

  # What does a field take, and what does a word mean?
  kubectl chaperone explain spec.consent.lawfulBasis
  kubectl chaperone explain legitimate-interests`

type explain struct {
	options       Options
	output        string
	jurisdictions []string
	sectors       []string
}

func newExplain(o Options) *cobra.Command {
	e := &explain{options: o}
	cmd := &cobra.Command{
		Use:     "explain [NAME]",
		Short:   "Explain a rule, a field of a declaration, or a word of one",
		Long:    explainHelp,
		Example: explainExamples,
		Args:    takesAtMostOneName,
		RunE:    func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), args) },
	}
	cmd.Flags().StringVarP(&e.output, "output", "o", "text", "format of the page: text or markdown")
	cmd.Flags().StringSliceVar(&e.jurisdictions, "jurisdiction", nil, "show only the law of these jurisdictions and of those that they are part of; text only")
	cmd.Flags().StringSliceVar(&e.sectors, "sector", nil, "show only the law of these sectors; text only")
	return cmd
}

func takesAtMostOneName(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%d names are given: give one, or none to list all rules", len(args))
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
	done := e.options.showProgress("Reading the law of all places")
	book, err := rulebook.New(ctx, e.options.Policies, e.options.Cases)
	done()
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

// format returns the page of a rule in the requested format, or of a field or a word as text. codes limits the law on a page of text, but not
// on a page of Markdown, which shows the law of all places.
func (e *explain) format(book *rulebook.Book, name string, codes []string) (string, error) {
	var text string
	var exists bool
	if e.output == "markdown" {
		text, exists = book.FormatMarkdown(name)
	} else {
		text, exists = book.Format(name, codes)
	}
	if exists {
		return text, nil
	}
	validator, err := schema.New(e.options.Definitions...)
	if err != nil {
		return "", &noDecisionError{err}
	}
	t := &topics{book: book, validator: validator}
	if text, exists = t.format(name); exists {
		return text, nil
	}
	return "", fmt.Errorf("there is no rule, field or word %q: did you mean %s? `kubectl chaperone explain` lists all rules",
		name, joinAlternatives(t.suggest(name)))
}
