package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/cli/blank"
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
// nothing unless all of them pass. The error joins an error for each question that is left.
func (i *initialize) fill(ctx context.Context, searcher *starter.Searcher) error {
	content, err := i.readDrafts()
	if err != nil {
		return err
	}
	forms, err := starter.ReadForms(content)
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
	var problems []error
	var declarations []string
	for _, form := range forms {
		problems = append(problems, f.complete(ctx, form))
		declarations = append(declarations, form.String())
	}
	if err := errors.Join(problems...); err != nil {
		return err
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

// applyFlags sets the fields of --set, --jurisdiction and --sector in all forms. fields are the paths that a declaration can have. The error
// joins an error for each flag that no form can take.
func (i *initialize) applyFlags(forms []*starter.Form, fields []string) error {
	jurisdictions, sectors, err := readPlaceFlags(i.options.Policies, i.jurisdictions, i.sectors)
	if err != nil {
		return err
	}
	answers := i.answers
	for field, codes := range map[string][]string{"jurisdictions": jurisdictions, "sectors": sectors} {
		if len(codes) > 0 {
			answers = append(answers, field+`=["`+strings.Join(codes, `", "`)+`"]`)
		}
	}
	var problems []error
	for _, answer := range answers {
		problems = append(problems, applyAnswer(forms, fields, answer))
	}
	return errors.Join(problems...)
}

// applyAnswer sets the field of one answer, FIELD=VALUE, in all forms that can take it. The error says why none can.
func applyAnswer(forms []*starter.Form, fields []string, answer string) error {
	field, value, hasValue := strings.Cut(answer, "=")
	field = strings.TrimPrefix(field, "spec.")
	if !hasValue || field == "" {
		return fmt.Errorf("--set is %q: give FIELD=VALUE, such as retention.transcriptDays=30", answer)
	}
	if !slices.ContainsFunc(fields, func(known string) bool { return matchesField(known, field) }) {
		return fmt.Errorf("--set %s: a declaration has no such field: did you mean %s?", field, joinAlternatives(findNearestFields(field, fields)))
	}
	isTaken := false
	for _, form := range forms {
		taken, err := form.Answer(field, value)
		if err != nil {
			return fmt.Errorf("--set %s: %w", field, err)
		}
		isTaken = isTaken || taken
	}
	if !isTaken {
		return fmt.Errorf("--set %s: no draft has a place for it: an index is that of an item or the one after the last, "+
			"which adds an item, [] stands for the items that lack the field, and only a field that is there can be removed", field)
	}
	return nil
}

// itemIndex matches the index of an item in a field, such as `[0]`.
var itemIndex = regexp.MustCompile(`\[\d+\]`)

// matchesField reports whether a field is one of those that a known path stands for.
func matchesField(known, field string) bool {
	element := strings.Split(itemIndex.ReplaceAllString(field, "[]"), ".")
	return slices.EqualFunc(strings.Split(known, "."), element, func(known, element string) bool { return known == "*" || known == element })
}

// findNearestFields returns the known fields that someone may have meant: those that end in the field if its beginning was left out, or else
// the most similar ones.
func findNearestFields(field string, fields []string) []code {
	field = itemIndex.ReplaceAllString(field, "[]")
	var endings, all []code
	for _, known := range fields {
		if strings.HasSuffix(known, "."+field) {
			endings = append(endings, code{code: known})
		}
		all = append(all, code{code: known})
	}
	if len(endings) > 0 {
		return endings[:min(len(endings), maxSuggestions)]
	}
	return findNearest(field, all)
}

// complete asks about the form until it passes. Without a terminal, it returns an error for each question.
func (f *filler) complete(ctx context.Context, form *starter.Form) error {
	for range maxRounds {
		questions, err := f.listQuestions(ctx, form)
		if err != nil || len(questions) == 0 {
			return err
		}
		if f.lines == nil {
			return describeQuestions(form, questions)
		}
		for _, question := range questions {
			if err := f.ask(form, question); err != nil {
				return err
			}
			if strings.HasSuffix(question.Field, "]") {
				break // The answer may have removed the item, and moved the items after it.
			}
		}
	}
	return &noDecisionError{fmt.Errorf("%s does not pass after %d rounds of questions: see what `kubectl chaperone check` says of it", form.Name, maxRounds)}
}

// listQuestions returns what has to be answered next: the blanks, or else values that the schema does not take, or else what the law
// requires. It returns nothing if the form passes.
func (f *filler) listQuestions(ctx context.Context, form *starter.Form) ([]blank.Blank, error) {
	if blanks := form.Blanks(); len(blanks) > 0 {
		return blanks, nil
	}
	questions, denied, err := f.searcher.Review(ctx, form)
	if err != nil {
		return nil, &noDecisionError{fmt.Errorf("%s: %w", form.Name, err)}
	}
	for _, finding := range denied {
		questions = append(questions, blank.Blank{Field: strings.TrimPrefix(finding.Field, "spec."), Question: report.Line(finding)})
	}
	return questions, nil
}

// describeQuestions returns an error for each question, joined.
func describeQuestions(form *starter.Form, questions []blank.Blank) error {
	var open []error
	for _, q := range questions {
		open = append(open, fmt.Errorf("%s: spec.%s: %s (answer with --set '%s=VALUE')", form.Name, q.Field, q.Question, q.Field))
	}
	return errors.Join(open...)
}

// ask asks one question at the terminal, until the answer is YAML.
func (f *filler) ask(form *starter.Form, question blank.Blank) error {
	for {
		_, _ = fmt.Fprintf(f.options.Err, "%s: spec.%s\n  %s\n> ", form.Name, question.Field, question.Question)
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
