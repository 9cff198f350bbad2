import { Component, type ReactNode } from "react";
import { Problem } from "@/components/Notice";

/** Error boundary: after a fault in a page, the frame around it stays. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return <Problem error={this.state.error} what="This page" onRetry={() => location.reload()} />;
  }
}
