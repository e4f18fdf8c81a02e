//! Words beside the ratings that people write for others: what they are called, and what a decision about them is called.

use super::Moderation;

/// What words of a subject are that nobody has named.
pub const UNNAMED: &str = "其他文字";

/// What words of a subject are, in Chinese.
pub fn name(subject: &str, field: &str) -> &'static str {
    match (subject, field) {
        ("meal_order" | "service_order", "note") => "订单备注",
        ("meal_order" | "service_order", spoken) => name_of_reason(spoken),
        ("assessment", "objection") => "对评估结果的异议",
        ("fact_correction", "wish") => "更正档案的申请",
        ("fact_correction", "answer") => "对更正申请的答复",
        ("visit_exception", "answer") => "护理员对异常的说明",
        ("visit_exception", "review") => "核实异常的意见",
        ("help_call", "note") => "紧急求助的处理记录",
        ("provider", "name") => "机构名称",
        ("provider", "address") => "机构地址",
        ("provider", "decision") => "对机构作出决定的理由",
        ("carer_leave", "reason") => "请假理由",
        ("dish", "name") => "菜品名称",
        ("dish", "allergens") => "菜品过敏原",
        ("offering", "content") => "服务内容",
        _ => UNNAMED,
    }
}

/// What a reason is that somebody gave for what he did with an order; it has the name of its event.
fn name_of_reason(event: &str) -> &'static str {
    match event {
        "canteen_cancel" => "食堂取消订餐的理由",
        "handed_over" => "餐交给了谁",
        "not_reached" => "餐没送到的情况",
        "abort" => "中止上门的说明",
        "decline_or_timeout" => "不接单的理由",
        "dispute" => "对服务的异议",
        "provider_cancel" => "取消上门的理由",
        "line_clawed_back" | "line_cleared" | "line_cut" | "line_rejected" => "核对结算的意见",
        "resolve_full_refund" | "resolve_paid" | "resolve_part_refund" => "处理异议的理由",
        task if task.starts_with("task:") => "没有做某一项的理由",
        _ => UNNAMED,
    }
}

/// Name of the event of a decision.
pub const fn event(act: Moderation) -> &'static str {
    match act {
        Moderation::Hide => "words_hide",
        Moderation::Show => "words_show",
    }
}
