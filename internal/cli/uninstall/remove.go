package uninstall

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/metadata"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// pause is the time between two rounds. API servers learn within it that a webhook or a policy is gone.
const pause = 500 * time.Millisecond

// Remove carries out the steps until nothing is left to remove. When ctx ends before, it returns an error that names what is left.
func (i Installation) Remove(ctx context.Context) error {
	for {
		steps, err := i.Find(ctx)
		if err == nil && len(steps) == 0 {
			return nil
		}
		// A refusal can come from a webhook of which an API server does not know yet that it is gone, so the next round tries again.
		err = errors.Join(err, carryOut(ctx, i.Client, steps))
		select {
		case <-ctx.Done():
			return explainLeft(steps, err)
		case <-time.After(pause):
		}
	}
}

func carryOut(ctx context.Context, client metadata.Interface, steps []Step) error {
	var problems []error
	for _, step := range steps {
		for _, item := range step.Items {
			if err := step.act(ctx, client, item); err != nil && !apierrors.IsNotFound(err) {
				problems = append(problems, fmt.Errorf("%s: %w", item, err))
			}
		}
	}
	return errors.Join(problems...)
}

// explainLeft says what could not be removed, and what may keep it.
func explainLeft(steps []Step, err error) error {
	problems := []error{err}
	for _, step := range steps {
		for _, item := range step.Items {
			problems = append(problems, fmt.Errorf("%s is still there%s", item, explainWait(item)))
		}
	}
	return errors.Join(problems...)
}

// explainWait says for what the end of an object waits.
func explainWait(item Item) string {
	if !item.IsEnding {
		return ": if it comes back, another program puts it back, such as a GitOps controller, or a manager that runs outside the cluster; end that first"
	}
	foreign := slices.DeleteFunc(slices.Clone(item.Finalizers), isOwnFinalizer)
	return ": its deletion waits for " + strings.Join(foreign, ", ")
}

// remove deletes the item, unless it is being deleted.
func remove(ctx context.Context, client metadata.Interface, item Item) error {
	if item.IsEnding {
		return nil
	}
	// Nothing may wait for what depends on the object: its pods, or objects that only a garbage collector deletes.
	options := metav1.DeleteOptions{PropagationPolicy: ptr.To(metav1.DeletePropagationBackground)}
	return client.Resource(item.Resource).Namespace(item.Namespace).Delete(ctx, item.Name, options)
}

// dropFinalizers takes Chaperone's finalizers from the item, and leaves those of others.
func dropFinalizers(ctx context.Context, client metadata.Interface, item Item) error {
	left := slices.DeleteFunc(slices.Clone(item.Finalizers), isOwnFinalizer)
	// The version keeps the patch from removing what another program has added meanwhile.
	return patch(ctx, client, item, map[string]any{"finalizers": left, "resourceVersion": item.version})
}

// dropLabel takes the label of a governed namespace from the item.
func dropLabel(ctx context.Context, client metadata.Interface, item Item) error {
	return patch(ctx, client, item, map[string]any{"labels": map[string]any{v1alpha1.LabelEnforce: nil}})
}

// patch changes the metadata of the item.
func patch(ctx context.Context, client metadata.Interface, item Item, change map[string]any) error {
	body, err := json.Marshal(map[string]any{"metadata": change})
	if err != nil {
		return err
	}
	_, err = client.Resource(item.Resource).Namespace(item.Namespace).Patch(ctx, item.Name, types.MergePatchType, body, metav1.PatchOptions{})
	return err
}
