package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/starter"
)

// maxRounds bounds how often init asks about one declaration: an answer can bring up another question.
const maxRounds = 20

// filler fills in the blanks of drafts.
type filler struct {
	options  Options
	searcher *starter.Searcher
	// lines reads the answers; nil if there is no terminal.
	lines *bufio.Scanner
}

// fill writes the declarations of the drafts in the file, with the answers of the flags and of the person at the terminal. It writes
// nothing unless all of them pass: without a terminal, it then lists the questions that are left.
func (i *initialize) fill(ctx context.Context, searcher *starter.Searcher) error {
	content, err := i.readDrafts()
	if err != nil {
		return err
	}
	forms, err := searcher.ReadForms(content)
	if err != nil {
		return fmt.Errorf("--from %s: %w", i.from, err)
	}
	if len(forms) == 0 {
		return fmt.Errorf("--from %s: no declaration is in it: write drafts with `kubectl chaperone assess -o draft`", i.from)
	}
	if err := i.applyFlags(forms, searcher.ListFields()); err != nil {
		return err
	}
	f := &filler{options: i.options, searcher: searcher}
	if i.options.IsTerminal {
		f.lines = bufio.NewScanner(i.options.In)
	}
	var open []openDraft
	var declarations []string
	for _, form := range forms {
		questions, err := f.complete(ctx, form)
		if err != nil {
			return err
		}
		if len(questions) > 0 {
			open = append(open, openDraft{form, questions})
		}
		declarations = append(declarations, form.String())
	}

	if len(open) > 0 {
		return i.refuseOpen(open, forms)
	}
	_, err = fmt.Fprint(i.options.Out, strings.Join(declarations, "---\n"))
	return wrapWriteError(err)
}

// readDrafts returns the content of the file of --from, with the limits of all manifests.
func (i *initialize) readDrafts() ([]byte, error) {
	if i.from == "-" && i.options.IsTerminal {
		return nil, errors.New("--from is -, but standard input is the terminal: name a file")
	}
	content, err := manifest.Load(i.from, i.options.In)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	return content, nil
}

// complete asks about the form until it passes. It returns the questions that are left if there is no terminal.
func (f *filler) complete(ctx context.Context, form *starter.Form) ([]starter.Question, error) {
	for range maxRounds {
		questions, err := f.searcher.ListQuestions(ctx, form)
		if err != nil {
			return nil, &noDecisionError{fmt.Errorf("%s: %w", form.Name, err)}
		}
		if len(questions) == 0 || f.lines == nil {
			return questions, nil
		}
		if err := f.askRound(form, questions); err != nil {
			return nil, err
		}
	}
	return nil, &noDecisionError{fmt.Errorf("%s does not pass after %d rounds of questions: see what `kubectl chaperone check` says of it", form.Name, maxRounds)}
}

// askRound asks the questions that do not depend on answers to others: what the law requires is asked when nothing else is left.
func (f *filler) askRound(form *starter.Form, questions []starter.Question) error {
	isLaw := questions[0].Finding != nil
	for n, question := range questions {
		if question.IsFollowUp || (question.Finding != nil) != isLaw {
			return nil
		}
		if err := f.ask(form, question, n+1, len(questions)); err != nil {
			return err
		}
		if strings.HasSuffix(question.Field, "]") {
			return nil // The answer may have removed the item, and moved the items after it.
		}
	}
	return nil
}

// ask asks one question at the terminal, until the field can have the answer. It is the question with this number of those that are known.
func (f *filler) ask(form *starter.Form, question starter.Question, number, count int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: spec.%s\n", form.Name, question.Field)
	report.WriteParagraph(&b, "  ", describeQuestion(question))
	if question.Example != "" {
		report.WriteParagraph(&b, "  ", "For example: "+question.Example)
	}
	for {
		_, _ = fmt.Fprintf(f.options.Err, "%s(%d of %d)> ", b.String(), number, count)
		if !f.lines.Scan() {
			return fmt.Errorf("%s: spec.%s is not answered: start again, or answer with --set", form.Name, question.Field)
		}
		if _, err := form.Answer(question.Field, f.lines.Text()); err != nil {
			_, _ = fmt.Fprintf(f.options.Err, "  %v\n", err)
			continue
		}
		return nil
	}
}
