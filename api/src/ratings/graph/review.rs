//! What those in charge of texts see and do.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::{Rating, TextState};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, Role, allow};
use crate::kit::page::{Connection, Page};
use crate::ratings::service::hide;
use crate::ratings::{rules, store};

/// Those who answer for the lawfulness of texts in their region.
const IN_CHARGE: &[Role] = &[Role::Desk, Role::Officer, Role::Admin];

/// Which words of a rating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::Part")]
pub enum RatingPart {
    /// The author's text.
    Text,
    /// The provider's answer.
    Answer,
}

answers! {
    /// Answer of `ratingTextHide`.
    RatingTextHidePayload {
        /// The rating, its text hidden.
        rating: Rating
    }
    RatingTextHideError RatingTextHideErrorCode {
        /// There is no such rating in your region.
        RatingNotFound = "没有找到这条评价",
        /// The rating has no text, or it is hidden already.
        NothingToHide = "这条评价没有可以隐藏的文字",
        /// 1 to 200 characters, no control characters.
        ReasonInvalid = "请用一到二百字写明隐藏的理由",
        /// Something happened to the rating at the same moment: look again, then repeat.
        ChangedMeanwhile = "这条评价刚刚有变动，请刷新后再试",
    }
}

answers! {
    /// Answer of `ratingTextShow`.
    RatingTextShowPayload {
        /// The rating, its text public.
        rating: Rating
    }
    RatingTextShowError RatingTextShowErrorCode {
        /// There is no such rating in your region.
        RatingNotFound = "没有找到这条评价",
        /// The rating has no text, or it is public already.
        NothingToShow = "这条评价没有需要恢复的文字",
        /// Something happened to the rating at the same moment: look again, then repeat.
        ChangedMeanwhile = "这条评价刚刚有变动，请刷新后再试",
    }
}

/// Input of `ratingTextHide`.
#[derive(InputObject)]
pub struct RatingTextHideInput {
    /// Which rating.
    pub rating_id: ID,
    /// Which of its words.
    #[graphql(default_with = "RatingPart::Text")]
    pub part: RatingPart,
    /// What is unlawful about them, 1 to 200 characters; kept.
    pub reason: String,
}

/// Input of `ratingTextShow`.
#[derive(InputObject)]
pub struct RatingTextShowInput {
    /// Which rating.
    pub rating_id: ID,
    /// Which of its words.
    #[graphql(default_with = "RatingPart::Text")]
    pub part: RatingPart,
}

/// Queries of those in charge of texts.
#[derive(Default)]
pub struct RatingReviewQuery;

#[Object]
impl RatingReviewQuery {
    /// Ratings whose text or answer is in one state, in your branch, the newest first: what waits for a
    /// person's look (PENDING), or what was hidden (HIDDEN).
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn ratings_to_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "State of the words.", default_with = "TextState::Pending")] state: TextState,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Rating>> {
        let (who, page) = (ctx.who()?, Page::read(first, after.as_deref())?);
        let rows = store::to_review(ctx.app().db.read(), who, state.into(), page).await?;
        Ok(page.connect(rows, |row| row.id, |row| Rating::in_charge(row, who)))
    }
}

/// Mutations of those in charge of texts.
#[derive(Default)]
pub struct RatingReviewMutation;

#[Object]
impl RatingReviewMutation {
    /// Hides an unlawful text or answer and keeps the reason; the stars stay. For those in charge of the region.
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn rating_text_hide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which text, and why.")] input: RatingTextHideInput,
    ) -> Result<RatingTextHidePayload> {
        let (who, words) = (ctx.who()?, (input.rating_id.parse()?, input.part.into()));
        let result = hide::hide(ctx.app(), who, words, &input.reason).await;
        RatingTextHidePayload::from_result(result.map(|row| Rating::in_charge(row, who)))
    }

    /// Shows a text or an answer that was hidden or waits for a person's look. For those in charge of the region.
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn rating_text_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which text.")] input: RatingTextShowInput,
    ) -> Result<RatingTextShowPayload> {
        let (who, words) = (ctx.who()?, (input.rating_id.parse()?, input.part.into()));
        let result = hide::show(ctx.app(), who, words).await;
        RatingTextShowPayload::from_result(result.map(|row| Rating::in_charge(row, who)))
    }
}
