import { ChevronRight } from "lucide-react";
import { Link } from "wouter";

interface Step {
  label: string;
  href?: string;
}

export function Crumbs({ steps }: { steps: readonly Step[] }) {
  return (
    <nav aria-label="Where you are" className="mb-2 text-[13px] text-ink-faint">
      <ol className="flex flex-wrap items-center gap-1">
        {steps.map((step, index) => (
          <li key={step.label} className="inline-flex items-center gap-1">
            {index > 0 && <ChevronRight aria-hidden className="size-3.5" />}
            {step.href ? (
              <Link href={step.href} className="rounded hover:text-ink hover:underline">
                {step.label}
              </Link>
            ) : (
              <span aria-current="page" className="text-ink-soft">
                {step.label}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
