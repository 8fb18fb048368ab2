package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/assess"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

const assessHelp = `Find the chatbots in manifests or in a live namespace, and say what Chaperone would refuse and what to do about it. No declaration is
needed: chatbots and model servers are recognized by images, commands, variables, ports and names, and each result says how sure
that is (A: by the image of a product whose source code was read, B: by the command or a variable of the product, or where only the
documentation was read, C: a guess). A workload that is not recognized is a chatbot if you name it with --include.

What was recognized comes first, then findings, grouped by cause with one remedy each. With -o patch, the output is a kustomize patch with the repairs that
change nothing for clients: names of ports, Services that lead to the names, and headless Services without ports that nobody uses.
With -o draft, the output is a draft of a ChatbotDeployment for each chatbot, with blanks where only people can answer; "kubectl
chaperone init --from" fills them in.

Exit code: 0 nothing would be denied, or the patch or draft is written; 1 something would be denied; 2 bad input, or no chatbot is
recognized.`

const assessExamples = `  # What would Chaperone say about a chart?
  helm template my-bot charts/bot | kubectl chaperone assess -

  # The manifests of a repository, or what kustomize renders
  kubectl chaperone assess -R -f deploy/
  kubectl chaperone assess -k overlays/production

  # A program that assess does not know is the chatbot
  kubectl chaperone assess deploy/ --include deployment/bot -o draft

  # What runs now
  kubectl chaperone assess --namespace shop

  # Repair what is safe to repair, and declare the chatbots
  kubectl chaperone assess deploy/ -o patch > chaperone-patch.yaml
  kubectl chaperone assess deploy/ -o draft > draft.yaml
  kubectl chaperone init --from draft.yaml > chatbots.yaml`

// The values of --output besides outputJSON. Only assess has outputPatch and outputDraft.
const (
	outputText  = "text"
	outputPatch = "patch"
	outputDraft = "draft"
)

type assessment struct {
	options   Options
	output    string
	kustomize string
	cluster   clusterFlags
	flags     inputFlags
	included  []string
}

func newAssess(o Options) *cobra.Command {
	a := &assessment{options: o}
	cmd := &cobra.Command{
		Use:     "assess FILE...",
		Short:   "Find chatbots that nobody has declared, and what keeps them from being governed",
		Long:    assessHelp,
		Example: assessExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd.Context(), a.flags.withArguments(args))
		},
	}
	cmd.Flags().StringVarP(&a.output, "output", "o", outputText, "what to write: text, json, patch or draft")
	cmd.Flags().StringVarP(&a.kustomize, "kustomize", "k", "", "folder with a kustomization whose output is assessed")
	cmd.Flags().StringSliceVar(&a.included, "include", nil, "workload that is a chatbot though it is not recognized, as deployment/bot")
	a.cluster.addTo(cmd, "", "namespace of a live cluster to read instead of files")
	a.flags.addTo(cmd)
	return cmd
}

// run reads the input and writes what --output asks for.
func (a *assessment) run(ctx context.Context, flags inputFlags) error {
	if outputs := []string{outputText, outputJSON, outputPatch, outputDraft}; !slices.Contains(outputs, a.output) {
		return fmt.Errorf("--output is %q: use text, json, patch or draft", a.output)
	}
	options, flags, err := a.readSource(ctx, flags)
	if err != nil {
		return err
	}
	in, err := readInput(ctx, options, flags)
	if err != nil {
		return err
	}
	defer in.close()
	in.writeLines(in.leftOut)
	formats, err := readFormats()
	if err != nil {
		return &noDecisionError{err}
	}
	looking := assess.Options{Formats: formats, Included: a.included}
	if err := looking.CheckIncluded(in.objects); err != nil {
		return err
	}
	found := assess.Find(in.objects, looking)
	for _, f := range in.foreign {
		found.Unassessed = append(found.Unassessed, assess.Unassessed{Object: f.Object, Reason: f.Advice})
	}
	if len(found.Chatbots) == 0 && in.problems == nil {
		in.problems = fmt.Errorf("no chatbot or model server is recognized among the objects of the input (%d): "+
			"give the manifests with their Deployments or pods, and name the chatbot among them with --include KIND/NAME", len(in.objects))
	}
	if a.output == outputText || a.output == outputJSON {
		return a.writeReport(ctx, in, found)
	}
	return a.writeFiles(in, found)
}

// writeFiles writes the patch or the drafts, as --output says. The error joins the problems of the input.
func (a *assessment) writeFiles(in *input, found assess.Found) error {
	for _, u := range found.Unassessed {
		_, _ = fmt.Fprintf(a.options.Err, "note: %s %s\n", u.Object, report.Plain(u.Reason, maxErrorRunes))
	}
	switch {
	case len(found.Chatbots) == 0:
		return in.problems
	case a.output == outputPatch:
		return errors.Join(in.problems, a.writePatch(found.Chatbots))
	}
	return errors.Join(in.problems, a.writeDrafts(in, found.Chatbots))
}

// readFormats returns the shapes that the sidecar reads.
func readFormats() (assess.Formats, error) {
	presets, err := shape.Presets()
	if err != nil {
		return nil, err
	}
	formats := assess.Formats{}
	for _, preset := range presets {
		formats[preset.Name] = preset
	}
	return formats, nil
}

// readSource returns the options and flags with which readInput reads the source that the flags name: files, a kustomization or a live
// namespace. A kustomization and a namespace become the standard input.
func (a *assessment) readSource(ctx context.Context, flags inputFlags) (Options, inputFlags, error) {
	options := a.options
	var content []byte
	var err error
	switch isLive := a.cluster.namespace != ""; {
	case len(flags.paths) > 0 && (isLive || a.kustomize != ""), isLive && a.kustomize != "":
		return options, flags, errors.New("give one of files, --kustomize and --namespace")
	case a.kustomize != "":
		content, err = buildKustomization(a.kustomize)
	case isLive:
		content, err = a.readCluster(ctx, flags)
	default:
		return options, flags, nil
	}
	if err != nil {
		return options, flags, err
	}
	options.In, flags.paths = bytes.NewReader(content), []string{"-"}
	return options, flags, nil
}

// readCluster returns the objects of the live namespace.
func (a *assessment) readCluster(ctx context.Context, flags inputFlags) ([]byte, error) {
	kinds, err := flags.readKinds()
	if err != nil {
		return nil, err
	}
	return a.cluster.read(ctx, kinds)
}

// writePatch writes the patch, or a note if nothing has to be repaired. Model servers that other chatbots call need no patch.
func (a *assessment) writePatch(chatbots []assess.Chatbot) error {
	isLive := a.cluster.namespace != ""
	patch, err := assess.Patch(assess.RemoveBackends(chatbots), isLive)
	if err != nil {
		return &noDecisionError{err}
	}
	if patch == "" {
		_, _ = fmt.Fprintln(a.options.Err, "note: no port and no Service needs a patch")
	}
	for _, c := range chatbots {
		if patch != "" && c.IsByNumber() {
			_, _ = fmt.Fprintf(a.options.Err, "note: no patch can name the port of %s. Apply the patch of its Services last: declare the chatbot and "+
				"create its pods again first, because until its sidecar has the name, a Service that leads to the name leads nowhere\n", c.Workload)
		}
	}
	if patch != "" && isLive {
		_, _ = fmt.Fprintln(a.options.Err, "note: the patch is for manifests that leave out `protocol: TCP`, which the API server adds. "+
			"Where yours state it, add it to the ports of the patch: kustomize ignores a port that differs, and says nothing")
	}
	_, err = fmt.Fprint(a.options.Out, patch)
	return wrapWriteError(err)
}

// writeDrafts writes the drafts of the chatbots that no declaration of the input governs and that no chatbot of the input calls. The error
// has a problem for each chatbot whose pods no draft can select.
func (a *assessment) writeDrafts(in *input, chatbots []assess.Chatbot) error {
	undeclared, problems := listUndeclared(in, chatbots)
	var drafts []string
	for _, c := range undeclared {
		drafts = append(drafts, c.Draft())
	}
	if len(drafts) == 0 && problems == nil {
		_, _ = fmt.Fprintln(a.options.Err, "note: each chatbot of the input is declared already")
	}
	_, err := fmt.Fprint(a.options.Out, strings.Join(drafts, "---\n"))
	return errors.Join(errors.Join(problems...), wrapWriteError(err))
}

// wrapWriteError returns a *noDecisionError for an error of the writer, and nil for nil.
func wrapWriteError(err error) error {
	if err == nil {
		return nil
	}
	return &noDecisionError{err}
}

// writeReport reviews the chatbots as if their drafts were declared, and writes the report. The error joins the problems of the input, and
// is errRefused if something would be denied.
func (a *assessment) writeReport(ctx context.Context, in *input, found assess.Found) error {
	chatbots := found.Chatbots
	findings, unselected, err := reviewDrafted(ctx, in, chatbots)
	if err != nil {
		return &noDecisionError{err}
	}
	problems := errors.Join(in.problems, errors.Join(unselected...))
	result := report.Assessment{
		Chatbots: describeChatbots(in, chatbots), Causes: assess.GroupByCause(findings),
		NotAssessed: describeUnassessed(found.Unassessed), NotRecognized: nameObjects(found.Others), NotJudged: in.skipped, Errors: listProblems(problems),
	}
	write := report.WriteAssessmentText
	if a.output == outputJSON {
		write = report.WriteAssessmentJSON
	}
	if err := write(a.options.Out, result); err != nil {
		return &noDecisionError{errors.Join(problems, err)}
	}
	isDenied := slices.ContainsFunc(result.Causes, func(c report.Cause) bool { return c.Action == policy.ActionDeny })
	if problems == nil && isDenied {
		return errRefused
	}
	return problems
}

// declarationOf returns the name of the declaration of the input that governs the workload; "" if there is none.
func (in *input) declarationOf(o manifest.Object) string {
	governance, err := in.session.scopes[o.Namespace].Declarations.Govern(o.Pod.Labels, nil)
	if err != nil || governance.Declaration == nil {
		return ""
	}
	return governance.Declaration.Name
}

// listUndeclared returns the chatbots that need a declaration: no declaration of the input governs them, they are not called by another
// chatbot of the input, which declares them as its processor, and they are no version of another one, whose draft is for them too. It
// returns a problem for each of them whose pods no declaration can select, and leaves these out.
func listUndeclared(in *input, chatbots []assess.Chatbot) (undeclared []assess.Chatbot, problems []error) {
	for _, c := range assess.RemoveBackends(chatbots) {
		switch {
		case in.declarationOf(c.Workload) != "" || c.IsVersion():
		case !c.CanBeSelected():
			problems = append(problems, &manifest.Problem{Origin: c.Workload.Origin, Object: c.Workload.String(), Message: "is not assessed, " +
				"because a draft cannot select its pods: give them labels that no other pods of the namespace have"})
		default:
			undeclared = append(undeclared, c)
		}
	}
	return undeclared, problems
}

// reviewDrafted returns the findings about the workloads, Services and NetworkPolicies of the chatbots, with their drafts as declarations.
// The findings about the drafts themselves are left out, because their blanks are still to be filled in. Each draft gets the first
// jurisdiction that the policy knows, because the rules about other objects are the same in all. problems has a problem for each chatbot
// that its draft cannot govern. The error says that there is no decision.
func reviewDrafted(ctx context.Context, in *input, chatbots []assess.Chatbot) (findings []assess.Finding, problems []error, err error) {
	objects := slices.Clone(in.objects)
	isUndeclared := map[string]bool{}
	undeclared, problems := listUndeclared(in, chatbots)
	for _, c := range undeclared {
		draft := c.Declaration()
		draft.Spec.Jurisdictions = []v1alpha1.Code{v1alpha1.Code(in.session.engine.Codes().Jurisdictions[0])}
		objects = append(objects, manifest.Object{Kind: draft.Kind, Namespace: draft.Namespace, Name: draft.Name, Declaration: draft})
		isUndeclared[c.Workload.String()] = true
	}
	drafted := newSession(in.session.engine, in.day, objects, in.environments)
	for _, o := range in.objects {
		// What another object owns is left out, because its owner is reviewed.
		if o.Declaration != nil || o.IsOwned || !o.IsReviewed() {
			continue
		}
		verdict, skipped, err := drafted.reviewObject(ctx, o)
		switch {
		case err != nil:
			return nil, nil, err
		case skipped != "" && isUndeclared[o.String()]:
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf(
				"is not assessed, because a draft cannot select its pods (%s): give them labels that no other pods have", skipped)})
		case skipped != "": // Nothing governs the object, and no draft is meant to.
		case verdict.Outcome == policy.OutcomeUndecided:
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: "is not assessed, because no decision is reached: " + verdict.Reason})
		default:
			findings = append(findings, listManifestFindings(o, verdict, chatbots)...)
		}
	}
	return findings, problems, nil
}

// listManifestFindings returns the findings of a verdict that are about the workload, the Service or the NetworkPolicy, and not about its
// draft.
func listManifestFindings(o manifest.Object, verdict policy.Verdict, chatbots []assess.Chatbot) []assess.Finding {
	var findings []assess.Finding
	for _, f := range verdict.Findings {
		topic, _, _ := strings.Cut(f.Rule, ".")
		if slices.Contains([]string{"workload", "service", "network"}, topic) {
			findings = append(findings, assess.Finding{Object: o, Finding: f, IsPatched: assess.IsPatched(o, f, chatbots)})
		}
	}
	return findings
}

// describeUnassessed returns what is not assessed as the report shows it.
func describeUnassessed(unassessed []assess.Unassessed) []report.NotAssessed {
	described := []report.NotAssessed{}
	for _, u := range unassessed {
		described = append(described, report.NotAssessed{ObjectName: assess.NameObject(u.Object), Reason: u.Reason})
	}
	return described
}

// nameObjects returns the names of objects as the report shows them.
func nameObjects(objects []manifest.Object) []report.ObjectName {
	names := []report.ObjectName{}
	for _, o := range objects {
		names = append(names, assess.NameObject(o))
	}
	return names
}

// describeChatbots returns the chatbots as the report shows them.
func describeChatbots(in *input, chatbots []assess.Chatbot) []report.AssessedChatbot {
	described := []report.AssessedChatbot{}
	for _, c := range chatbots {
		d := report.AssessedChatbot{
			ObjectName: assess.NameObject(c.Workload), Container: c.Container.Name,
			Role: string(c.Match.Role), Sure: string(c.Match.Sure), Signs: c.Match.Signs,
			Shape: c.Shape(), IsRead: c.IsRead(), Port: c.Port, PortName: c.PortName,
			Declaration: in.declarationOf(c.Workload), CalledBy: assess.ListCallers(c, chatbots), Models: c.Models, Unseen: c.Unseen,
		}
		if p := c.Match.Product; p != nil {
			d.Product, d.Title = p.Name, p.Title
		}
		described = append(described, d)
	}
	slices.SortStableFunc(described, func(a, b report.AssessedChatbot) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Sure, b.Sure))
	})
	return described
}
