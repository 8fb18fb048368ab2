package uninstall

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/inject"
)

// Running is a chatbot with pods that run, and that go on running without Chaperone.
type Running struct {
	Namespace, Chatbot string
	// Pods is how many pods have the label of the chatbot and have not ended.
	Pods int
	// IsClosed is true if a NetworkPolicy of Chaperone closes the other ports of the pods. They are open when it is gone.
	IsClosed bool
}

// FindRunning returns the chatbots with running pods, by namespace and name. steps are what Find returned.
func (i Installation) FindRunning(ctx context.Context, steps []Step) ([]Running, error) {
	list, err := i.Client.Resource(pods).List(ctx, metav1.ListOptions{
		LabelSelector: v1alpha1.LabelChatbot, FieldSelector: "status.phase!=Succeeded,status.phase!=Failed",
	})
	if err != nil {
		return nil, fmt.Errorf("list pods: %w", err)
	}
	var running []Running
	for _, pod := range list.Items {
		chatbot := pod.Labels[v1alpha1.LabelChatbot]
		n, found := slices.BinarySearchFunc(running, pod.Namespace+"/"+chatbot, func(r Running, key string) int {
			return strings.Compare(r.Namespace+"/"+r.Chatbot, key)
		})
		if !found {
			running = slices.Insert(running, n, Running{Namespace: pod.Namespace, Chatbot: chatbot, IsClosed: isClosed(steps, pod.Namespace, chatbot)})
		}
		running[n].Pods++
	}
	return running, nil
}

// isClosed reports whether the steps delete the NetworkPolicy of the chatbot.
func isClosed(steps []Step, namespace, chatbot string) bool {
	return slices.ContainsFunc(steps, func(s Step) bool {
		return slices.ContainsFunc(s.Items, func(item Item) bool {
			return item.Resource == policies && item.Namespace == namespace && item.Name == inject.ConfigMapName(chatbot)
		})
	})
}
