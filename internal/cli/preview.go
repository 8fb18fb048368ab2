package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/report"
)

const previewHelp = `Show what a change of the organization does before it takes hold: which chatbots a new or changed GovernancePolicy or
JurisdictionProfile refuses or admits, and which findings come and go.

--with names files with GovernancePolicies and JurisdictionProfiles: each is added, or replaces the one of its name; other objects in the
files are passed over. --without names one that is deleted, such as GovernancePolicy/house. FILEs hold what is there: the declarations,
and the organization with its exceptions. Give pods, workloads and Services too to see what changes for them. Without a FILE, the
declarations and the organization are read from the cluster, which needs the right to list chatbotdeployments, policyexceptions,
chatshapes, governancepolicies, jurisdictionprofiles and namespaces. Nothing is changed.

Exit code: 0 nothing is refused that was not refused before; 1 something is, or no decision was reached; 2 bad input.`

const previewExamples = `  # What would the new policy do to the chatbots of the cluster?
  kubectl chaperone preview --with policy.yaml

  # The same for the manifests of a repository, as JSON
  kubectl chaperone preview -R -f deploy/ --with policy.yaml -o json

  # What would be admitted without a policy?
  kubectl chaperone preview --without GovernancePolicy/house`

// preview compares the verdicts on objects before and after a change of the organisation.
type preview struct {
	options Options
	output  string
	cluster clusterFlags
	flags   inputFlags
	with    []string
	without []string
}

func newPreview(o Options) *cobra.Command {
	p := &preview{options: o}
	cmd := &cobra.Command{
		Use: "preview [FILE...]", Short: "Show what a change of the organization does before it takes hold", Long: previewHelp, Example: previewExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd.Context(), p.flags.withArguments(args))
		},
	}
	cmd.Flags().StringVarP(&p.output, "output", "o", outputText, "format of the report: text or json")
	cmd.Flags().StringSliceVar(&p.with, "with", nil, "file or folder with the GovernancePolicies and JurisdictionProfiles of the change")
	cmd.Flags().StringSliceVar(&p.without, "without", nil, "object that the change deletes, as KIND/NAME")
	p.flags.addTo(cmd)
	p.cluster.addTo(cmd, metav1.NamespaceAll, "namespace of the cluster, if no FILE is given (default all)")
	return cmd
}

// run reviews the objects before and after the change, and writes the differences. It returns the problems of the input, or errRefused when
// the change refuses an object that was not refused.
func (p *preview) run(ctx context.Context, flags inputFlags) error {
	if p.output != outputText && p.output != outputJSON {
		return fmt.Errorf("--output is %q: use text or json", p.output)
	}
	if len(p.with)+len(p.without) == 0 {
		return errors.New("no change is given: name files with --with, or an object with --without")
	}
	compared, err := p.compare(ctx, flags)
	if err == nil && compared.RefusesMore() {
		err = errRefused
	}
	write := report.WriteComparisonText
	if p.output == outputJSON {
		write = func(w io.Writer, c report.Comparison) error {
			return report.WriteComparisonJSON(w, c, listProblems(err))
		}
	}
	if len(compared.After) == 0 && p.output == outputText {
		return err
	}
	if writeErr := write(p.options.Out, compared); writeErr != nil {
		return &noDecisionError{errors.Join(err, writeErr)}
	}
	return err
}

// compare reviews the objects before and after the change. With an error, the comparison may be empty.
func (p *preview) compare(ctx context.Context, flags inputFlags) (report.Comparison, error) {
	options, flags, err := p.readSource(ctx, flags)
	if err != nil {
		return report.Comparison{}, err
	}
	in, err := readInput(ctx, options, flags)
	if err != nil {
		return report.Comparison{}, err
	}
	defer in.close()
	in.writeLines(slices.Concat(in.leftOut, in.notes))
	objects, err := p.change(ctx, in)
	if problems := errors.Join(in.problems, err); problems != nil {
		return report.Comparison{}, problems
	}
	before, _, err := in.session.review(ctx, in.objects)
	if err != nil {
		return report.Comparison{}, &noDecisionError{err}
	}
	if len(before) == 0 {
		return report.Comparison{}, errors.New("nothing was judged: give the ChatbotDeployments that the change is about")
	}
	engine := in.session.engine
	if err := adopt(ctx, engine, objects); err != nil {
		return report.Comparison{}, err
	}
	after, _, err := newSession(engine, in.day, objects, in.environments).review(ctx, objects)
	if err != nil {
		return report.Comparison{}, &noDecisionError{err}
	}
	return report.Comparison{Before: before, After: after}, nil
}

// change returns the objects of the input after the change: without the objects that it deletes or replaces, and with those that it adds.
func (p *preview) change(ctx context.Context, in *input) ([]manifest.Object, error) {
	reader, err := manifest.NewReader(p.options.In, in.validator, in.kinds)
	if err != nil {
		return nil, &noDecisionError{err}
	}
	added, err := reader.Read(ctx, p.with, p.flags.recursive)
	if err != nil {
		return nil, err
	}
	changed, problems := p.selectChanged(in, added.Objects)
	objects := slices.Clone(in.objects)
	for _, name := range p.without {
		before := len(objects)
		objects = slices.DeleteFunc(objects, func(o manifest.Object) bool {
			return (o.Policy != nil || o.Profile != nil) && strings.EqualFold(o.Kind+"/"+o.Name, name)
		})
		if len(objects) == before {
			problems = append(problems, fmt.Errorf("--without %q is not a GovernancePolicy or JurisdictionProfile of the input: write KIND/NAME", name))
		}
	}
	objects = slices.DeleteFunc(objects, func(o manifest.Object) bool {
		return slices.ContainsFunc(changed, func(a manifest.Object) bool { return a.Kind == o.Kind && a.Key() == o.Key() })
	})
	return append(objects, changed...), errors.Join(problems...)
}

// selectChanged returns the GovernancePolicies and JurisdictionProfiles of the files of --with, and notes what it passes over: such a file can
// hold the declarations that the change is for. The problem is that there are none, although files are given.
func (p *preview) selectChanged(in *input, objects []manifest.Object) (changed []manifest.Object, problems []error) {
	var passedOver []string
	for _, o := range objects {
		if o.Policy != nil || o.Profile != nil {
			changed = append(changed, o)
			continue
		}
		passedOver = append(passedOver, fmt.Sprintf("%s: document %d: %s is passed over: --with takes GovernancePolicies and JurisdictionProfiles; give all other "+
			"objects as FILE", o.Origin.File, o.Origin.Document, o))
	}
	in.writeLines(passedOver)
	if len(changed) == 0 && len(p.with) > 0 {
		problems = append(problems, fmt.Errorf("no GovernancePolicy or JurisdictionProfile is in %s: --with takes these", strings.Join(p.with, ", ")))
	}
	return changed, problems
}

// readSource returns the options and flags with which the input is read: those given or, without a file, those for what the cluster has.
// Only a cluster knows who approved an exception, so exceptions that come from it count.
func (p *preview) readSource(ctx context.Context, flags inputFlags) (Options, inputFlags, error) {
	options := p.options
	if len(flags.paths) > 0 {
		return options, flags, nil
	}
	content, err := p.cluster.readDeclared(ctx)
	if err != nil {
		return options, flags, err
	}
	options.In, flags.paths, flags.trustsApprovals = bytes.NewReader(content), []string{"-"}, true
	return options, flags, nil
}

// readDeclared returns the declarations of the namespace, or of all, with the organisation and all that decisions about declarations depend
// on, as a List in JSON. It only lists; it changes nothing.
func (f *clusterFlags) readDeclared(ctx context.Context) ([]byte, error) {
	config, err := f.load()
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	own := v1alpha1.GroupVersion
	items := []map[string]any{}
	for _, source := range []struct {
		resource  schema.GroupVersionResource
		namespace string
	}{
		{own.WithResource("chatbotdeployments"), f.namespace}, {own.WithResource("policyexceptions"), f.namespace},
		{own.WithResource("governancepolicies"), ""}, {own.WithResource("jurisdictionprofiles"), ""}, {own.WithResource("chatshapes"), ""},
		{schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, ""},
	} {
		list, err := client.Resource(source.resource).Namespace(source.namespace).List(ctx, metav1.ListOptions{})
		if apierrors.IsForbidden(err) {
			return nil, fmt.Errorf("list %s: %w: ask for the right to list them, or give files", source.resource.Resource, err)
		}
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", source.resource.Resource, err)
		}
		for i := range list.Items {
			unstructured.RemoveNestedField(list.Items[i].Object, "status")
			unstructured.RemoveNestedField(list.Items[i].Object, "metadata", "managedFields")
			items = append(items, list.Items[i].Object)
		}
	}
	return json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}
